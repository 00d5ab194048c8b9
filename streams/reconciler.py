"""The reconciler: sends what a crash left unsent and re-emits the last event of open work that Kafka will not bring
any more.

An event is lost to its group when the log no longer holds it, or when the group's committed offset lies beyond it and
yet its result is nowhere. A deep backlog is neither, so it is left alone. Order of reading matters: first the stage's
committed offsets, then that every later group is idle, then what is still open: work that is open after all that was
not merely on its way.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from streams.broker import Broker, PartitionState, Position
from streams.deadletters import DeadLetters
from streams.dependencies import as_dependency_down
from streams.events import Event, now
from streams.outbox import Documents, Outbox
from streams.publisher import Publisher

log = logging.getLogger(__name__)

BATCH = 500
SELDOM = 15
"""Passes of which one looks at what is few and slow: twice a minute."""


@dataclass(frozen=True, slots=True)
class Outstanding:
    """Open work: the event that should bring it on, and where that event was last seen."""

    subject: str
    load: Callable[[], Awaitable[Event | None]]
    """Returns the event, which few of all that is open need again; None where the work is settled meanwhile."""
    group: str
    at: Position | None


class Ledger(Protocol):
    """Knows what is open of one kind of thing."""

    @property
    def groups(self) -> Mapping[str, tuple[str, ...]]:
        """Consumer groups that work on it, with their topics."""
        ...

    @property
    def after(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Groups (with topics) that must be idle, in the order the work flows."""
        ...

    def outstanding(self) -> AsyncIterator[Outstanding]:
        """Yield what is open now, or a bounded part of it, the next part at the next call."""
        ...

    async def moved(self, places: Sequence[tuple[str, Position]]) -> None:
        """Note where events were emitted again."""
        ...


def is_lost(at: Position | None, state: PartitionState | None) -> bool:
    """Tell whether Kafka will not bring the event at `at` to the group whose partition state is given."""
    if at is None or state is None:
        return True
    if not state.start <= at.offset < state.end:
        return True
    return state.committed is not None and state.committed > at.offset


@dataclass
class Reconciled:
    """What one pass did."""

    topics_created: list[str] = field(default_factory=list)
    unsent: int = 0
    replayed: int = 0
    re_emitted: int = 0


class Reconciler:
    """Runs in the `store` role, at start and every few seconds."""

    def __init__(
        self,
        broker: Broker,
        publisher: Publisher,
        dead_letters: DeadLetters,
        commands: Collection[Documents],
        ledgers: Sequence[Ledger],
        patience: float = 0.0,
        seldom: Sequence[Ledger] = (),
    ) -> None:
        """A command's event that is younger than `patience` (seconds) is left to whoever is just sending it. The
        ledgers of `seldom` are looked at in the first pass and every `SELDOM`th after it."""
        self._patience = timedelta(seconds=patience)
        self._broker = broker
        self._publisher = publisher
        self._outbox = Outbox(publisher)
        self._dead_letters = dead_letters
        self._commands = commands
        self._ledgers = ledgers
        self._seldom = seldom
        self._passes = 0

    async def run(self, stop: asyncio.Event, every: float = 2.0) -> None:
        """Pass again and again until `stop`; a dependency that is down is waited for."""
        while not stop.is_set():
            try:
                done = await self.once()
            except Exception as error:
                down = as_dependency_down(error)
                if down is None:
                    raise
                log.info("reconciler: %s", down)
            else:
                if done.topics_created or done.unsent or done.replayed or done.re_emitted:
                    log.info("reconciler: %s", done)
                if done.re_emitted:
                    continue  # a ledger shows a part of what is open at a time: there may be more
            try:
                await asyncio.wait_for(stop.wait(), every)
            except TimeoutError:
                continue

    async def once(self) -> Reconciled:
        """Make one pass."""
        done = Reconciled(topics_created=await asyncio.to_thread(self._broker.ensure_topics))
        for documents in self._commands:
            done.unsent += await self._outbox.sweep(documents, now(self._patience))
        done.replayed = await self._dead_letters.finish_replays(self._publisher)
        seldom = () if self._passes % SELDOM else self._seldom
        self._passes += 1
        for ledger in (*self._ledgers, *seldom):
            done.re_emitted += await self._reconcile(ledger)
        return done

    async def _reconcile(self, ledger: Ledger) -> int:
        states: dict[tuple[str, str, int], PartitionState] = {}
        for group, names in ledger.groups.items():
            found = await asyncio.to_thread(self._broker.states, group, names)
            states |= {(group, topic, partition): state for (topic, partition), state in found.items()}
        for group, names in ledger.after:
            if await asyncio.to_thread(self._broker.lag, group, names) > 0:
                return 0
        lost: list[Outstanding] = []
        emitted = 0
        async for one in ledger.outstanding():
            state = states.get((one.group, one.at.topic, one.at.partition)) if one.at else None
            if is_lost(one.at, state):
                lost.append(one)
            if len(lost) >= BATCH:
                emitted += await self._emit(ledger, lost)
                lost = []
        return emitted + await self._emit(ledger, lost)

    async def _emit(self, ledger: Ledger, lost: Sequence[Outstanding]) -> int:
        loaded = [(one.subject, await one.load()) for one in lost]
        events = [(subject, event) for subject, event in loaded if event is not None]
        if not events:
            return 0
        places = await self._publisher.publish([event for _, event in events])
        await ledger.moved([(subject, place) for (subject, _), place in zip(events, places, strict=True)])
        return len(events)
