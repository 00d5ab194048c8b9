"""Writes facts of what was read, a batch at a time, and says up to where the log may be committed."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from streams.crash import CrashPoint, crash_point
from streams.dependencies import as_dependency_down
from streams.trends.facts import Facts
from streams.trends.made import Record, fact_of
from streams.trends.progress import Partition, Progress

log = logging.getLogger(__name__)

BATCH = 500
"""Facts of one write, at most."""
LINGER = 0.05
"""Seconds that a first record waits for company."""
ROOM = 4 * BATCH
"""Records read and not written, at most."""
AGAIN_AFTER = 0.5
"""Seconds until a store that is away is asked again."""

Starts = Callable[[], Awaitable[Mapping[Partition, int]]]
"""Returns from which offset each partition is read after an assignment."""
Commit = Callable[[Mapping[Partition, int]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Taken:
    """A record in our hands."""

    record: Record
    assignment: int
    """Number of the group's assignment that it was read under."""


class FactWriter:
    """Takes records, writes their facts in the order in which they came, commits what is written.

    Not Faust's `take`: that acknowledges a batch whose handler failed or was cancelled.
    """

    def __init__(
        self, facts: Facts, progress: Progress, assignment: Callable[[], int], starts: Starts, commit: Commit
    ) -> None:
        """`assignment` returns the number of the present one: what was read under another is written, never
        committed."""
        self._facts = facts
        self._progress = progress
        self._assignment = assignment
        self._starts = starts
        self._commit = commit
        self._begun: int | None = None
        self._waiting: list[Taken] = []
        self._changed = asyncio.Condition()
        self.written = 0
        """Records whose facts are in the store, since the start."""
        self.waiting_for: str | None = None
        """The dependency that a write waits for."""

    async def take(self, one: Taken) -> None:
        """Take a record; waits while there is no room."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self._waiting) < ROOM)
            self._waiting.append(one)
            self._changed.notify_all()

    async def run(self) -> None:
        """Write until cancelled; a dependency that is down is waited for. Raises RecordsMissed."""
        while True:
            async with self._changed:
                await self._changed.wait_for(lambda: bool(self._waiting))
            await asyncio.sleep(LINGER if len(self._waiting) < BATCH else 0)
            async with self._changed:
                batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
                self._changed.notify_all()
            await self._write(batch)

    async def _write(self, batch: list[Taken]) -> None:
        facts = [fact_of(one.record) for one in batch]
        crash_point(CrashPoint.IN_SINK_WRITE)
        while True:
            try:
                await self._facts.insert(facts)
                break
            except Exception as error:
                down = as_dependency_down(error)
                if down is None:
                    raise
                log.warning("trends: %s", down)
                self.waiting_for = down.dependency
                await asyncio.sleep(AGAIN_AFTER)
        self.waiting_for = None
        self.written += len(batch)
        await self._commit_written(batch)

    async def _commit_written(self, batch: list[Taken]) -> None:
        now = self._assignment()
        if self._begun != now:
            self._progress.begin(await self._starts())
            self._begun = now
        offsets: defaultdict[Partition, list[int]] = defaultdict(list)
        for one in batch:
            if one.assignment == now:
                offsets[one.record.topic, one.record.partition].append(one.record.offset)
        found = {partition: self._progress.written(partition, read) for partition, read in offsets.items()}
        moved = {partition: offset for partition, offset in found.items() if offset is not None}
        if moved and self._assignment() == now:
            await self._commit(moved)
