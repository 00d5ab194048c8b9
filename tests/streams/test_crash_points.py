"""Crash points: a process is killed where and as often as asked, counted over all processes, and never otherwise."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from streams.crash import PASSAGES_BEFORE_A_CRASH, CrashPoint

ROOT = Path(__file__).parents[2]
PASSES = """
from streams.crash import CrashPoint, crash_point
for number in range(20):
    crash_point(CrashPoint.AFTER_BLOB)
    crash_point(CrashPoint.IN_REBALANCE)
    print(number, flush=True)
"""


class Process:
    """A process that passes two crash points twenty times."""

    def __init__(self, log: Path, at: str | None, every: int | None = None) -> None:
        wanted = {"SPINESTREAM_CRASH_AT": at, "SPINESTREAM_CRASH_EVERY": every, "SPINESTREAM_CRASH_LOG": log}
        environment = {name: text for name, text in os.environ.items() if name not in wanted}
        environment |= {name: str(text) for name, text in wanted.items() if text is not None}
        self._running = subprocess.Popen(
            [sys.executable, "-c", PASSES], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        )

    def end(self) -> tuple[int, int]:
        """Wait for the end; returns exit code and how often it got through."""
        out, _ = self._running.communicate(timeout=30)
        return self._running.returncode, len(out.splitlines())


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "crashes"


KILLED = -signal.SIGKILL


def test_a_process_is_killed_at_the_passage_asked_for(log) -> None:
    assert Process(log, "after-blob").end() == (KILLED, PASSAGES_BEFORE_A_CRASH - 1)
    [line] = log.read_text().splitlines()
    assert re.fullmatch(r"after-blob \d+", line)


@pytest.mark.parametrize(("every", "through"), [(1, 0), (3, 2), (20, 19)])
def test_how_many_passages_come_before_it_can_be_set(log, every, through) -> None:
    assert Process(log, "after-blob", every).end() == (KILLED, through)


def test_the_point_asked_for_kills_and_no_other(log) -> None:
    assert Process(log, "in-rebalance", every=1).end() == (KILLED, 0)
    assert log.read_text().startswith("in-rebalance")
    assert Process(log, "in-sink-write", every=1).end() == (0, 20)


def test_it_kills_so_often_over_all_processes_and_then_no_more(log) -> None:
    assert [Process(log, "after-blob:2").end() for _ in range(4)] == [(KILLED, 6), (KILLED, 6), (0, 20), (0, 20)]
    assert len(log.read_text().splitlines()) == 2


def test_processes_that_pass_at_the_same_time_are_counted_together(log) -> None:
    running = [Process(log, "after-blob:3") for _ in range(6)]
    ends = [one.end() for one in running]
    assert sorted(code for code, _ in ends) == [KILLED] * 3 + [0] * 3
    assert len(log.read_text().splitlines()) == 3


def test_without_the_variable_nothing_happens(log) -> None:
    assert Process(log, None).end() == (0, 20)
    assert Process(log, "").end() == (0, 20)
    assert not log.exists()


@pytest.mark.parametrize("point", list(CrashPoint))
def test_every_point_stands_somewhere_in_the_code(point) -> None:
    call = f"crash_point(CrashPoint.{point.name})"
    folders = ("streams", "actors", "review_bridge", "spinestream")
    places = [file for folder in folders for file in (ROOT / folder).rglob("*.py") if call in file.read_text()]
    assert places, f"no code passes {point}"
