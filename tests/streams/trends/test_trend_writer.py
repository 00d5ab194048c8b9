"""The writer: facts first, then the commit; a store that is away is waited for; another assignment is not committed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from pymongo.errors import AutoReconnect

from streams.trends import writer as module
from streams.trends.facts import Fact
from streams.trends.progress import Partition, Progress, RecordsMissed
from streams.trends.writer import FactWriter, Taken
from tests.streams.conftest import until
from tests.streams.trends.constructed import examples, record_of, told

P = ("planned", 0)


class Stand:
    """A store and a group in memory."""

    def __init__(self) -> None:
        self.away = 0
        self.inserted: list[Fact] = []
        self.log: list[tuple[str, int]] = []
        self.commits: list[Mapping[Partition, int]] = []
        self.assignment = 1
        self.started = 0
        self.writer = FactWriter(self, Progress(), lambda: self.assignment, self._starts, self._commit)  # type: ignore[arg-type]

    async def insert(self, facts: Sequence[Fact]) -> int:
        if self.away:
            self.away -= 1
            raise AutoReconnect("away")
        self.inserted += facts
        self.log.append(("wrote", len(facts)))
        return len(facts)

    async def _starts(self) -> Mapping[Partition, int]:
        self.started += 1
        return {P: 0}

    async def _commit(self, offsets: Mapping[Partition, int]) -> None:
        self.commits.append(offsets)
        self.log.append(("committed", offsets[P]))

    async def take(self, *offsets: int, assignment: int = 1) -> None:
        event = told("planned", examples()["planned"], "item")
        for offset in offsets:
            await self.writer.take(Taken(record_of(event, offset), assignment))


def run(scenario: Any) -> None:
    async def go() -> None:
        stand = Stand()
        writing = asyncio.create_task(stand.writer.run())
        try:
            await scenario(stand, writing)
        finally:
            writing.cancel()
            with contextlib.suppress(asyncio.CancelledError, RecordsMissed):
                await writing

    asyncio.run(go())


def test_what_is_committed_has_been_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AGAIN_AFTER", 0.01)

    async def scenario(stand: Stand, _: object) -> None:
        stand.away = 3
        await stand.take(0, 1, 2)
        await until(lambda: stand.writer.waiting_for == "mongodb")
        await until(lambda: bool(stand.commits))
        assert stand.writer.waiting_for is None
        assert stand.log == [("wrote", 3), ("committed", 3)]
        await stand.take(3)
        await until(lambda: len(stand.commits) == 2)
        assert stand.commits[-1] == {P: 4}
        assert stand.started == 1

    run(scenario)


def test_what_was_read_under_another_assignment_is_written_and_not_committed() -> None:
    async def scenario(stand: Stand, _: object) -> None:
        stand.assignment = 2
        await stand.take(0, 1, assignment=1)
        await until(lambda: stand.writer.written == 2)
        await stand.take(0, assignment=2)
        await until(lambda: bool(stand.commits))
        assert stand.commits == [{P: 1}]
        assert len(stand.inserted) == 3

    run(scenario)


def test_records_that_are_left_out_end_it() -> None:
    async def scenario(stand: Stand, writing: asyncio.Task[None]) -> None:
        await stand.take(4)
        with pytest.raises(RecordsMissed):
            await asyncio.wait_for(asyncio.shield(writing), 10)
        assert stand.writer.written == 1
        assert not stand.commits

    run(scenario)


def test_there_is_an_end_to_what_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROOM", 4)
    monkeypatch.setattr(module, "AGAIN_AFTER", 0.01)

    async def scenario(stand: Stand, _: object) -> None:
        stand.away = 1_000_000
        taking = asyncio.create_task(stand.take(*range(50)))
        await until(lambda: stand.away < 1_000_000 - 3)
        assert not taking.done()
        stand.away = 0
        await taking
        await until(lambda: stand.writer.written == 50)
        assert stand.commits[-1] == {P: 50}

    run(scenario)
