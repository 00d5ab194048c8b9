"""The row of engines that take minutes to start: the contract on vLLM in a process of its own and on a served one."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.prove.row import Row, row

ROOT = Path(__file__).resolve().parents[2]


@row("engines")
def prove_engines(folder: Path) -> Row:
    """The tests marked `long`."""
    found = Row(
        "Engines and pools whose tests take minutes",
        "`pytest -m long`: AsyncLLM, vLLM's OpenAI-compatible server, pools that grow",
    )
    places = ("tests/actors", "tests/training", "tests/k8s")
    command = [sys.executable, "-m", "pytest", "-q", "-m", "long", "-p", "no:cacheprovider", *places]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    (folder / "pytest.log").write_text(done.stdout + done.stderr)
    lines = done.stdout.strip().splitlines() or ["nothing was printed"]
    found.check(lines[-1].strip("= "), done.returncode == 0 and re.search(r"\d+ passed", lines[-1]) is not None)
    for line in lines:
        if line.startswith(("FAILED ", "ERROR tests")):
            found.say(line[:200])
    return found
