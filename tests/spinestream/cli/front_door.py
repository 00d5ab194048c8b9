"""Calls the command line as a user does, and makes documents for it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from spinestream.cli import main
from spinestream.sessions import members

LUMBAR = """# Lumbar disc disease

## Findings

A large disc extrusion at L4/L5 compressed the left L5 nerve root. Moderate central canal stenosis was present at L3/L4.
"""
NECK = """Neck notes

Severe central canal stenosis at C4/C5 flattened the cord.
"""
THORACIC = """# A fall

A burst fracture of T12 was seen.
"""
PDF_LINE = "A large disc protrusion at L5/S1 was seen on the right side."
NECK_SIDE_FILE = "id: neck-notes\ntitle: Notes on the neck\nlicence: CC-BY-4.0\n"

ISSUE_KEYS = {
    "sources", "refused", "passages", "planned", "drafted", "revised", "queued", "held", "dead", "open",
    "model_calls", "prompt_tokens", "output_tokens", "seconds",
}  # fmt: skip
"""Keys that callers of `run --json` rely on."""


def write_pdf(path: Path, password: str = "") -> None:
    """Write a PDF of one sentence; with a password, one that cannot be read."""
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(path), encrypt=StandardEncryption(password) if password else None)
    canvas.drawString(72, 700, PDF_LINE)
    canvas.save()


def write_documents(folder: Path) -> Path:
    """Write one document of each kind, one of them with a side file."""
    folder.mkdir()
    (folder / "lumbar.md").write_text(LUMBAR)
    (folder / "neck.txt").write_text(NECK)
    (folder / "neck.meta.yaml").write_text(NECK_SIDE_FILE)
    write_pdf(folder / "sacral.pdf")
    return folder


@dataclass
class Answer:
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which is one JSON value."""
        return json.loads(self.out)


def called(*arguments: str | Path) -> Answer:
    """Run a command in this process, which spares the imports."""
    out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main([str(one) for one in arguments])
        except SystemExit as ended:
            code = int(ended.code or 0)
        finally:
            out.flush()
            err.flush()
    told = [stream.buffer.getvalue().decode() for stream in (out, err)]  # type: ignore[attr-defined]
    return Answer(code, *told)


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a command: this one's without settings, and what is given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SPINESTREAM_")}
    return {**kept, "OMP_NUM_THREADS": "1", **more}


def spinestream(*arguments: str | Path, timeout: float = 150, cwd: Path | None = None, **more: str) -> Answer:
    """Run a command as a process of its own to its end."""
    done = subprocess.run(
        [sys.executable, "-m", "spinestream", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        cwd=cwd,
        env=environment(**more),
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def wait_for(condition: Callable[[], Any], seconds: float, what: str) -> Any:
    """Return the first true value of the condition; fails with `what` after a while."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds:.0f} s in vain for: {what}")


class Going:
    """A `run` that goes on in a work folder."""

    def __init__(self, workdir: Path, *arguments: str | Path) -> None:
        self.workdir = workdir
        self._console = workdir.with_name(workdir.name + "-console.txt")
        command = [
            sys.executable,
            "-m",
            "spinestream",
            "run",
            *map(str, arguments),
            "--workdir",
            str(workdir),
            "--json",
        ]
        with self._console.open("w") as errors:
            self.process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment(), start_new_session=True
            )

    def roles(self) -> dict[str, int]:
        """Role processes: {label: pid}."""
        return _read(self.workdir / "run" / "roles.json") or {}

    def engine_ready(self) -> bool:
        """Whether an engine actor takes requests; what a killed run wrote down counts for nothing."""
        assert self.process.poll() is None, self._console.read_text()
        told = _read(self.workdir / "run" / "pool.json") or {}
        manager = told.get("manager")
        lives = manager in self.roles().values() and manager in members(manager)
        return lives and any(one["ready"] for one in told["members"])

    def processes(self) -> list[psutil.Process]:
        """Every process below the run: servers, roles and all that the roles started."""
        found = psutil.Process(self.process.pid).children(recursive=True)
        return found + [psutil.Process(pid) for role in self.roles().values() for pid in members(role)]

    def ended(self, number: signal.Signals | None = None, seconds: float = 60) -> Answer:
        """Send a signal, if any, and wait for the end."""
        if number is not None:
            self.process.send_signal(number)
        out, _ = self.process.communicate(timeout=seconds)
        return Answer(self.process.returncode, out, self._console.read_text())

    def close(self) -> None:
        """End it where a test failed in its middle."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


@contextlib.contextmanager
def going(workdir: Path, *arguments: str | Path) -> Iterator[Going]:
    """Start a run and end it whatever happens."""
    run = Going(workdir, *arguments)
    try:
        yield run
    finally:
        run.close()


def alive(processes: list[psutil.Process]) -> list[str]:
    """Return those of the processes that still run, by name."""
    found = []
    for one in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            if one.is_running() and one.status() != psutil.STATUS_ZOMBIE:
                found.append(f"{one.pid} {one.name()}")
    return found


def _read(place: Path) -> Any:
    try:
        return json.loads(place.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None
