from __future__ import annotations

import time

from actors.engines.base import EngineProgress
from actors.engines.meter import Flight, Meter


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


def test_steps_add_up_to_the_exact_integral() -> None:
    meter = Meter()
    meter.came()
    meter.computed(4, 0.5)
    meter.computed(2, 0.25)
    assert (meter.read().sequences, meter.read().sequence_seconds) == (2, 2.5)
    meter.left(started=False)
    assert (meter.read().sequences, meter.read().sequence_seconds) == (0, 2.5)


def test_beginnings_and_ends_add_up_between_readings() -> None:
    meter = Meter()
    meter.computing(+3)
    began = time.monotonic()
    time.sleep(0.02)
    first = meter.read()
    assert first.sequences == 3
    assert 0.06 <= first.sequence_seconds <= 3 * (time.monotonic() - began) + 0.01
    meter.computing(-3)
    done = meter.read().sequence_seconds
    time.sleep(0.02)
    assert meter.read().sequence_seconds == done


def test_what_the_cache_knew_is_counted_apart() -> None:
    meter = Meter()
    meter.prompted(100, 0)
    meter.prompted(100, 96)
    assert (meter.read().prompt_tokens, meter.read().cached_tokens) == (200, 96)


def test_a_flight_is_counted_once_whatever_becomes_of_it() -> None:
    meter = Meter()
    waiting, running = Flight(meter), Flight(meter)
    running.made(0)
    assert (meter.read().waiting, meter.read().running) == (2, 0)
    running.made(2)
    running.made(3)
    assert (meter.read().waiting, meter.read().running, meter.read().tokens) == (1, 1, 5)
    waiting.left()
    running.left()
    assert (meter.read().waiting, meter.read().running, meter.read().busy_since) == (0, 0, None)
