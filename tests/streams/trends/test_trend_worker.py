"""The Faust worker on the real broker: every record becomes a fact, offsets follow, nothing is counted twice."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from pathlib import Path
from typing import Any

import pytest
from pymongo import AsyncMongoClient

from streams.broker import Broker
from streams.publisher import Outgoing, Publisher
from streams.topics import REGISTRY
from streams.trends import worker as module
from streams.trends.facts import Facts
from streams.trends.progress import Progress, RecordsMissed
from streams.trends.worker import GROUP, Timer, TrendsWorker, WorkerStuck
from tests.streams.trends.constructed import examples, told

EACH = 20
SECONDS = 60


def _events() -> list[Any]:
    return [told(name, examples()[name], f"subject {number}") for name in REGISTRY for number in range(EACH)]


@pytest.fixture
def missed_once(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Lets the first batch look as if Faust had left records out."""
    missed: list[str] = []
    real = Progress.written

    def written(self: Progress, partition: Any, offsets: Any) -> int | None:
        if not missed:
            missed.append(str(partition))
            raise RecordsMissed("made up")
        return real(self, partition, offsets)

    monkeypatch.setattr(Progress, "written", written)
    return missed


def test_every_record_becomes_one_fact_though_it_has_to_begin_again(
    broker: Broker,
    publisher: Publisher,
    mongodb_url: str,
    mongo_db: str,
    tmp_path: Path,
    missed_once: list[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING, "streams.trends")

    async def counted(facts: Facts, number: int) -> None:
        deadline = time.monotonic() + SECONDS
        while (found := await facts.documents.count_documents({})) != number or await _lag() > 0:
            assert time.monotonic() < deadline, f"{found} of {number} facts"
            await asyncio.sleep(0.05)

    async def _lag() -> int:
        return await asyncio.to_thread(broker.lag, GROUP, REGISTRY)

    async def scenario() -> None:
        ticks: list[float] = []

        async def tick() -> None:
            ticks.append(time.monotonic())

        async with AsyncMongoClient[dict[str, Any]](mongodb_url, w="majority", journal=True) as client:
            facts = Facts(client[mongo_db])
            events = _events()
            garbage = Outgoing("decisions", b"k", b"{", (("ce_id", b"x"),))
            await publisher.publish([*events, garbage, Outgoing("planned", None, None, ())])
            stop = asyncio.Event()
            worker = TrendsWorker(broker, facts, tmp_path / "faust", [Timer(0.1, tick)])
            running = asyncio.create_task(worker.run(stop))
            try:
                await counted(facts, len(events) + 2)
                assert await facts.documents.count_documents({"type": "unreadable"}) == 2
                # Told again, as by a reconciler: the same facts.
                await publisher.publish(events[:50])
                await counted(facts, len(events) + 2)
                assert len(ticks) > 1
                assert missed_once
                assert [one.getMessage() for one in caplog.records if one.name == "streams.trends.worker"] == [
                    "trends: made up; it is made anew"
                ]
            finally:
                stop.set()
                with contextlib.suppress(asyncio.CancelledError):
                    await running

    asyncio.run(scenario())


def test_faust_that_does_not_leave_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STOP_SECONDS", 0.01)

    class Stuck:
        async def stop(self) -> None:
            await asyncio.Event().wait()

    with pytest.raises(WorkerStuck, match="start the role again"):
        asyncio.run(module._leave(Stuck()))
