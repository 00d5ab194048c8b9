"""A process whose facts stand still does not live: records wait, none is settled, and nothing is away."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from streams.broker import PartitionState
from streams.errors import DependencyDown
from streams.telemetry import standing
from streams.telemetry.standing import STALL_SECONDS, stuck_sentence
from streams.trends import worker as module
from streams.trends.standing import FactsStanding
from streams.trends.worker import TrendsWorker
from tests.streams.conftest import until


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def stuck(facts: FactsStanding, clock: Clock) -> str:
    return stuck_sentence(facts, clock.now)


def test_records_that_wait_and_are_not_settled_are_told() -> None:
    clock = Clock()
    facts = FactsStanding("trends", clock)
    facts.saw(waiting=9, settled=0)
    clock.now += STALL_SECONDS
    facts.saw(waiting=12, settled=0)
    assert not stuck(facts, clock)
    clock.now += 1
    assert "stage trends has 12 records" in stuck(facts, clock)
    facts.saw(waiting=11, settled=1)
    assert not stuck(facts, clock), "it goes on, or another of its group"


def test_nothing_to_do_is_no_standstill_and_its_time_does_not_count() -> None:
    clock = Clock()
    facts = FactsStanding("trends", clock)
    for waiting in (0, 0, 1):
        clock.now += 10 * STALL_SECONDS
        facts.saw(waiting=waiting, settled=0)
        assert not stuck(facts, clock)


def test_a_dependency_that_is_away_is_no_standstill_and_its_time_does_not_count() -> None:
    clock = Clock()
    facts = FactsStanding("trends", clock)
    facts.saw(waiting=9, settled=0)
    facts.away("kafka")
    clock.now += 10 * STALL_SECONDS
    assert not stuck(facts, clock)
    facts.saw(waiting=9, settled=0, waiting_for="mongodb")
    clock.now += 10 * STALL_SECONDS
    assert not stuck(facts, clock)
    facts.saw(waiting=9, settled=0)
    assert not stuck(facts, clock)
    clock.now += STALL_SECONDS + 1
    assert stuck(facts, clock)


def test_a_worker_that_faust_brings_nothing_is_seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Records wait in the log and none comes: the process has nothing in hand, and counts as stuck all the same."""
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.01)
    away = True

    def states(*_: object) -> dict[tuple[str, int], PartitionState]:
        if away:
            raise DependencyDown("kafka", "away")
        return {("planned", 0): PartitionState(start=2, end=9, committed=None)}

    def told() -> dict[str, float]:
        return {labels[1]: value for value, labels in standing.waiting_for() if labels[0] == "trends"}

    async def scenario() -> None:
        nonlocal away
        worker = TrendsWorker(SimpleNamespace(states=states), Any, tmp_path)  # type: ignore[arg-type]
        writer = SimpleNamespace(waiting_for=None)
        reached = asyncio.Event()

        async def once(_: asyncio.Event) -> None:
            reached.set()
            await worker._look(writer)  # type: ignore[arg-type]

        monkeypatch.setattr(worker, "_ready", _nothing)
        monkeypatch.setattr(worker, "_once", once)
        running = asyncio.create_task(worker.run(asyncio.Event()))
        await reached.wait()
        await until(lambda: told()["kafka"] == 1.0)
        away = False
        await until(lambda: told()["kafka"] == 0.0 and (7.0, ("trends",)) in standing.running())
        monkeypatch.setattr(worker._standing, "patience", 0.05)
        await until(lambda: any("stage trends has 7 records" in one for one in standing.stuck()))
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        assert not told(), "it is told of while it runs"

    asyncio.run(scenario())


async def _nothing() -> None:
    return
