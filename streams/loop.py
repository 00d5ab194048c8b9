"""The processing loop: one for every Kafka consumer of ours (docs/processing-loop.md has the failure scenarios).

A poll thread reads records into a bounded in-flight table and commits; a stage's handler runs on the asyncio loop and
yields an outcome a record, in any order. Order of durability: the handler's writes -> its emitted events acknowledged
-> the contiguous watermark committed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from streams.broker import Broker
from streams.cpu import CpuMeter
from streams.crash import CrashPoint, crash_point
from streams.deadletters import DeadLetters
from streams.delivery import Delivery, InFlight
from streams.dependencies import as_dependency_down
from streams.errors import DependencyDown, EventInvalid
from streams.outcomes import Dead, Done, Outcome, Retry
from streams.poller import Poller
from streams.publisher import Publisher
from streams.telemetry import standing
from streams.telemetry.handling import RETRY, Handling
from streams.topics import holds_dead_letters

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 3


class StageFailed(Exception):
    """The stage itself cannot go on (its engine is dead): the loop ends, nothing more is committed."""


class Stage(Protocol):
    """What handles the records of a consumer group."""

    group: ClassVar[str]
    topics: ClassVar[tuple[str, ...]]
    in_flight: int
    """Records in our hands at most."""
    batch: int
    """Records given to one call of `handle` at most."""
    calls: int
    """Calls of `handle` that may run at the same time."""

    def handle(self, deliveries: Sequence[Delivery]) -> AsyncIterator[tuple[Delivery, Outcome]]:
        """Yield an outcome for each record as soon as it is known; whatever is not yielded is tried again."""
        ...


@dataclass
class LoopCounts:
    """What a loop did since it began."""

    taken: int = 0
    done: int = 0
    retried: int = 0
    dead: int = 0
    emitted: int = 0
    waiting_for: str | None = None
    """The dependency it waits for, if any."""
    paused: str | None = None
    """Why it takes no records, where it was asked to take none."""
    last_settled: float = field(default_factory=time.monotonic)
    busy_since: float = field(default_factory=time.monotonic)
    """When it last got a record while it had none."""


class Loop:
    """Runs one stage on one consumer."""

    def __init__(
        self,
        broker: Broker,
        publisher: Publisher,
        stage: Stage,
        dead_letters: DeadLetters,
        patience: float = standing.STALL_SECONDS,
    ) -> None:
        """`patience` is how long (s) one record of the stage may take; a process with records in hand that settles none
        for longer, and waits for nothing, counts as stuck (docs/telemetry.md)."""
        self.stage = stage
        self.patience = patience
        self.counts = LoopCounts()
        self._handling = Handling(stage.group)
        self._publisher = publisher
        self._dead_letters = dead_letters
        self._table = InFlight(stage.in_flight)
        self._poller = Poller(broker, stage.group, stage.topics, self._table)
        self._arrived: asyncio.Queue[Delivery] = asyncio.Queue()
        self._attempts: defaultdict[Delivery, int] = defaultdict(int)
        self._tasks: set[asyncio.Task[None]] = set()
        self._failure: BaseException | None = None
        self._stopping = asyncio.Event()
        self._cpu = CpuMeter(stage.group)

    @property
    def group(self) -> str:
        """The consumer group."""
        return self.stage.group

    @property
    def running(self) -> int:
        """Records in our hands."""
        return self._table.running

    def pause(self, why: str) -> None:
        """Take no more records; what runs finishes, membership and commits go on."""
        self.counts.paused = why
        self._poller.pause()

    def resume(self) -> None:
        """Take records again."""
        self.counts.paused = None
        self._poller.resume()

    async def run(self, stop: asyncio.Event, drain_seconds: float = 10.0) -> None:
        """Process until `stop` is set, then let what runs finish for a while; raises StageFailed when the stage
        cannot go on."""
        loop = asyncio.get_running_loop()
        standing.watch(self)
        self._poller.start(lambda found: loop.call_soon_threadsafe(self._arrive, found))
        workers = [self._cpu.start(self._work()) for _ in range(self.stage.calls)]
        try:
            waiting = {asyncio.create_task(stop.wait()), asyncio.create_task(self._stopping.wait())}
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for one in waiting:
                one.cancel()
            if self._failure is None:
                self._poller.hold()
                await self._drain(drain_seconds)
        finally:
            for task in (*workers, *self._tasks):
                task.cancel()
            await asyncio.gather(*workers, *self._tasks, return_exceptions=True)
            await asyncio.to_thread(self._poller.stop, self._failure is None)
            standing.forget(self)
        if self._failure is not None:
            raise self._failure

    async def _drain(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while self._table.running and time.monotonic() < deadline:
            await asyncio.sleep(0.02)

    def _arrive(self, deliveries: Sequence[Delivery]) -> None:
        self.counts.taken += len(deliveries)
        self._handling.took(deliveries)
        if self._table.running <= len(deliveries):
            self.counts.busy_since = time.monotonic()
        for one in deliveries:
            self._arrived.put_nowait(one)

    async def _work(self) -> None:
        while True:
            batch = [await self._arrived.get()]
            while len(batch) < self.stage.batch and not self._arrived.empty():
                batch.append(self._arrived.get_nowait())
            try:
                await self._handle(batch)
            except Exception as failure:  # noqa: BLE001 - a worker that ended in silence would look healthy
                self._fail(failure)
                return

    def _fail(self, failure: Exception) -> None:
        self._failure = self._failure or failure
        self._stopping.set()

    async def _handle(self, batch: list[Delivery]) -> None:
        self._handling.begin(batch)
        left = dict.fromkeys(await self._readable(batch))
        try:
            async for one, outcome in self.stage.handle(list(left)):
                del left[one]
                if isinstance(outcome, Done) and not outcome.emit:
                    self._finish(one, dead=False)
                else:
                    self._later(self._settle(one, outcome))
        except StageFailed:
            raise
        except Exception as error:
            down = as_dependency_down(error)
            if down is not None:
                await self._wait_for(down, list(left))
                return
            log.warning(
                "stage %s failed on %d records: %s", self.stage.group, len(left), type(error).__name__, exc_info=True
            )
            for one in left:
                self._later(self._settle(one, Retry(f"unexpected {type(error).__name__}")))
            return
        for one in left:
            self._later(self._settle(one, Retry("no outcome")))

    async def _readable(self, batch: list[Delivery]) -> list[Delivery]:
        """Return the records that are events, and dead letters, which need not be; others are dead."""
        good = []
        for one in batch:
            try:
                if not holds_dead_letters(one.position.topic):
                    _ = one.event
            except EventInvalid as error:
                self._later(self._settle(one, Dead("not-an-event", str(error))))
            else:
                good.append(one)
        return good

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._cpu.start(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _settle(self, one: Delivery, outcome: Outcome) -> None:
        if isinstance(outcome, Retry):
            self._attempts[one] += 1
            if self._attempts[one] < MAX_ATTEMPTS:
                self.counts.retried += 1
                self._handling.end(one, RETRY)
                await asyncio.sleep(random.uniform(0.5, 1.0) * 0.2 * 2 ** self._attempts[one])
                self._arrived.put_nowait(one)
                return
            outcome = Dead("attempts", f"failed {MAX_ATTEMPTS} times, last: {outcome.why}")
        await self._until_durable(one, outcome)
        self._finish(one, dead=isinstance(outcome, Dead))

    def _finish(self, one: Delivery, *, dead: bool) -> None:
        """Let the watermark pass a record whose outcome is durable."""
        crash_point(CrashPoint.AFTER_EMIT_BEFORE_COMMIT)
        self._attempts.pop(one, None)
        self._table.finish(one)
        self._handling.end(one)
        self.counts.waiting_for = None
        self.counts.last_settled = time.monotonic()
        if dead:
            self.counts.dead += 1
        else:
            self.counts.done += 1

    async def _until_durable(self, one: Delivery, outcome: Done | Dead) -> None:
        """Publish what an outcome says, however long the broker or the store is away."""
        while True:
            try:
                if isinstance(outcome, Dead):
                    await self._dead_letters.bury(self.stage.group, one, outcome, self._publisher)
                    self._handling.buried(one, outcome.why)
                elif outcome.emit:
                    await self._publisher.publish(self._handling.told(one, outcome.emit))
                    self.counts.emitted += len(outcome.emit)
            except Exception as error:
                down = as_dependency_down(error)
                if down is None:
                    self._fail(error)
                    raise
                await self._pause_for(down)
            else:
                self.counts.waiting_for = None
                return

    async def _wait_for(self, down: DependencyDown, left: list[Delivery]) -> None:
        """Give the records back to be handled again once the dependency may be there; no attempt counts."""
        for one in left:
            self._handling.put_back(one, down.dependency)
        await self._pause_for(down)
        for one in left:
            self._arrived.put_nowait(one)

    async def _pause_for(self, down: DependencyDown) -> None:
        if self.counts.waiting_for is None:
            log.warning("stage %s: %s", self.stage.group, down)
        self.counts.waiting_for = down.dependency
        self._poller.pause_for(0.5)
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), random.uniform(0.2, 0.6))
