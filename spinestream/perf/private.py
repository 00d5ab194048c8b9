"""A private deployment: a folder of its own under the temporary folder, `spinestream run` in it, gone afterwards."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from spinestream.embedded.processes import bound
from spinestream.errors import DONE, UNFINISHED, MeasurementFailed
from spinestream.perf.watching import Look, Watching
from spinestream.settings import outside
from spinestream.workdir import Workdir

Show = Callable[[str], None]
"""Told what goes on, about twice a second."""
TAIL = 12
CACHE = "SPINESTREAM_CACHE"
"""The one variable of ours that is kept: where models and programs lie."""


@contextlib.contextmanager
def private_folder() -> Iterator[Path]:
    """Lend a folder that is removed in the end, whatever happens."""
    folder = Path(tempfile.mkdtemp(prefix="spinestream-perf-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Forget, meanwhile, the settings and servers that the environment names: what is measured in this process must no
    more touch them than what is measured in a run of its own."""
    ours = [name for name in os.environ if name.upper().startswith("SPINESTREAM_") and name != CACHE]
    kept = {name: os.environ.pop(name) for name in ours}
    try:
        yield
    finally:
        os.environ.update(kept)


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Take SIGTERM and SIGHUP for Ctrl-C meanwhile, so that what was begun is cleared away; further ones do not disturb
    that. Who was started with one ignored (`nohup`) ignores it still."""
    found = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGHUP)}
    kept = {one: handler for one, handler in found.items() if handler != signal.SIG_IGN}

    def leave(*_: object) -> None:
        for one in kept:
            signal.signal(one, lambda *_: None)
        raise KeyboardInterrupt

    for one in kept:
        signal.signal(one, leave)
    try:
        yield
    finally:
        for one, handler in kept.items():
            signal.signal(one, handler)


def environment(settings: Mapping[str, object]) -> dict[str, str]:
    """Return the environment of a run: this one without settings of ours and addresses, and those given."""
    kept = {name: text for name, text in outside(os.environ).items() if not name.startswith("SPINESTREAM_")}
    cache = os.environ.get(CACHE)
    given = {f"SPINESTREAM_{name}": json.dumps(value) for name, value in settings.items()}
    return kept | ({CACHE: cache} if cache else {}) | given


def run(
    documents: Path, workdir: Workdir, options: Sequence[str], settings: Mapping[str, object], show: Show
) -> tuple[dict[str, Any], list[Look]]:
    """Do a `spinestream run` and watch it; returns its summary and what was seen.

    Raises MeasurementFailed, with the end of what it said, when it does not end with everything settled: its figures
    would be those of less work than was given.
    """
    command = [sys.executable, "-P", "-m", "spinestream", "run", str(documents), "--workdir", str(workdir.root)]
    console = workdir.root.with_name("console.log")
    with console.open("w+") as said:
        process = subprocess.Popen(
            bound([*command, "--json", *options]),
            env=environment(settings),
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        )
        try:
            with Watching(workdir, process.pid) as watching:
                out = _wait(process, console, show)
        finally:
            _end(process)
    if process.returncode not in (DONE, UNFINISHED):
        raise MeasurementFailed(f"the run that was to be measured ended with {process.returncode}", _tail(console))
    summary: dict[str, Any] = json.loads(out)
    if process.returncode == UNFINISHED:
        left = ", ".join(f"{name} {summary[name]}" for name in ("open", "dead", "refused") if summary[name])
        raise MeasurementFailed(f"the run that was to be measured did not settle everything: {left}", _tail(console))
    return summary, watching.looks


def _wait(process: subprocess.Popen[str], console: Path, show: Show) -> str:
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=1.0)[0]
        show((_tail(console, 1) or ["starting"])[-1])


def _end(process: subprocess.Popen[str]) -> None:
    """Ask a run that still goes on to leave, as its user would, and wait for it."""
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGINT)
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(1)
    if process.poll() is None:
        process.kill()
        process.wait()


def _tail(console: Path, lines: int = TAIL) -> list[str]:
    return [line for line in console.read_text(errors="replace").splitlines() if line.strip()][-lines:]
