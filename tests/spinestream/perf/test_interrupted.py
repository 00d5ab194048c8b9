"""What a measurement leaves when it is ended from outside: nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from spinestream.perf.private import interruptible

MEASUREMENT = """
import signal, sys
from pathlib import Path
from spinestream.cli.main import main
from spinestream.perf import latency, pipeline
from spinestream.perf.private import private_folder

def measure(records, show):
    with private_folder() as folder:
        pipeline.__file__ = sys.argv[1]  # beside it stands another bare.py
        pipeline._Bench(folder, show).bare(1, None)

signal.signal(signal.SIGHUP, signal.SIG_DFL)
latency.measure = measure
main(["perf", "latency"])
"""
BARE = """
import os, sys, time
from pathlib import Path
Path(__file__).with_name("part").write_text(str(os.getpid()))
Path(__file__).with_name("part").rename(Path(__file__).with_name("pid"))
time.sleep(120)
"""


def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.05)


@pytest.mark.parametrize("ended_by", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_the_engine_ends_with_it_and_the_folder_goes(tmp_path: Path, ended_by: signal.Signals) -> None:
    place, pid = tmp_path / "bare", tmp_path / "bare" / "pid"
    place.mkdir()
    (place / "bare.py").write_text(BARE)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-c", MEASUREMENT, str(place / "pipeline.py")],
        env={**os.environ, "TMPDIR": str(temporary)},
    )
    try:
        until(lambda: pid.exists() or process.poll() is not None, "the bare engine")
        engine = int(pid.read_text())
        assert list(temporary.glob("spinestream-perf-*"))
        process.send_signal(ended_by)
        code = process.wait(60)
    finally:
        process.kill()
        process.wait()
    until(lambda: not psutil.pid_exists(engine), "the engine to end")
    if ended_by != signal.SIGKILL:
        assert code == 130
        assert list(temporary.iterdir()) == []


def test_handlers_are_as_before_and_what_was_ignored_stays_so() -> None:
    before = signal.getsignal(signal.SIGTERM), signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interruptible():
            signal.raise_signal(signal.SIGHUP)
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGTERM)
            signal.raise_signal(signal.SIGTERM)
        assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGHUP)) == (before[0], signal.SIG_IGN)
    finally:
        signal.signal(signal.SIGHUP, before[1])
