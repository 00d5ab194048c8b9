from __future__ import annotations

import time

from actors.engines.base import EngineProgress
from actors.engines.meter import Meter


def test_a_request_waits_runs_and_leaves() -> None:
    meter = Meter()
    meter.came()
    assert (meter.read().waiting, meter.read().running) == (1, 0)
    meter.made(3, started=1)
    assert (meter.read().waiting, meter.read().running, meter.read().tokens) == (0, 1, 3)
    meter.left(started=True)
    assert meter.read().busy_since is None
    meter.came()
    meter.left(started=False)
    assert (meter.read().waiting, meter.read().running) == (0, 0)


def test_silence_counts_from_the_last_token_or_from_the_first_work() -> None:
    idle = EngineProgress(tokens=5, running=0, waiting=0, last_token_at=10.0, busy_since=None)
    assert idle.silent_for(1000.0) == 0
    woken = EngineProgress(tokens=5, running=0, waiting=1, last_token_at=10.0, busy_since=900.0)
    assert woken.silent_for(1000.0) == 100
    working = EngineProgress(tokens=9, running=1, waiting=0, last_token_at=990.0, busy_since=900.0)
    assert working.silent_for(1000.0) == 10
    assert EngineProgress(0, 0, 1, None, 900.0).silent_for(1000.0) == 100


def test_being_busy_starts_once_for_overlapping_requests() -> None:
    meter = Meter()
    meter.came()
    first = meter.read().busy_since
    time.sleep(0.01)
    meter.came()
    meter.left(started=False)
    assert meter.read().busy_since == first
