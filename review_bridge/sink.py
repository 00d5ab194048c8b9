"""The sink of the sample store: every event of an item becomes a part of its sample. It never skips a record."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import ClassVar

from generation.model import Growing
from generation.samples import Draft
from generation.sources import SourceRef
from review_bridge.errors import MergeFailed
from review_bridge.fill import Position, SourceKey
from review_bridge.parts import DeadPart, DecidedPart, DraftedPart, Part, PlannedPart, RevisedPart, RevivedPart
from review_bridge.queue import ReviewQueue
from review_bridge.routing import take_in
from review_bridge.store import SampleStore
from review_bridge.withdrawal import WITHDRAWN, sweep
from streams import topics
from streams.crash import CrashPoint, crash_point
from streams.deadletters import Burial
from streams.delivery import Delivery
from streams.errors import EventInvalid
from streams.events import Event
from streams.outcomes import Dead, Done, Outcome
from streams.payloads import ItemDrafted, ItemPlanned, ItemRevised, SampleDecided, SourceWithdrawn
from streams.sources import Sources
from streams.telemetry.traceparent import is_sampled

ITEM_STAGES = ("draft", "revise")
"""Groups whose dead letters are about items."""
Withdraw = Callable[[str], Awaitable[object]]
"""Marks what is made of a withdrawn source, given its id; may be repeated."""


class ItemNamed(Growing):
    """Of an item, what names it."""

    id: str
    source: SourceRef


class DraftTold(Growing):
    """Of an `item drafted`, what is merged: the item itself came with its plan."""

    item: ItemNamed
    draft: Draft


class SinkStage:
    """Items planned, drafted, revised, decided, dead or withdrawn -> the sample store."""

    group: ClassVar[str] = "store"
    topics: ClassVar[tuple[str, ...]] = (
        topics.PLANNED.name,
        topics.DRAFTED.name,
        topics.REVISED.name,
        topics.DECISIONS.name,
        topics.WITHDRAWALS.name,
        *(topics.dead_letter_topic(stage) for stage in ITEM_STAGES),
    )
    in_flight = 2000
    batch = 500
    calls = 1

    def __init__(self, store: SampleStore, queue: ReviewQueue, sources: Sources, also: Sequence[Withdraw] = ()) -> None:
        """`also` is called with the id of a withdrawn source once its samples are swept: who else holds something of
        it marks that."""
        self._store = store
        self._queue = queue
        self._sources = sources
        self._also = also

    async def handle(self, deliveries: Sequence[Delivery]) -> AsyncIterator[tuple[Delivery, Outcome]]:
        """Merge all records of the batch in one write."""
        parts: dict[Delivery, Part] = {}
        for one in deliveries:
            try:
                part = await self._part(one)
            except EventInvalid as error:
                yield one, Dead("not-an-event", str(error))
                continue
            if part is None:
                yield one, Done()
            else:
                parts[one] = part
        async for settled in self._merge(parts):
            yield settled

    async def _merge(self, parts: dict[Delivery, Part]) -> AsyncIterator[tuple[Delivery, Outcome]]:
        crash_point(CrashPoint.IN_SINK_WRITE)
        unacceptable: dict[str, str] = {}
        refused: dict[tuple[str, str], str] = {}
        while True:
            left = [part for part in parts.values() if part.item_id not in unacceptable]
            try:
                result = await take_in(self._store, self._queue, left, self._sources.withdrawn)
            except MergeFailed as failed:
                unacceptable |= dict.fromkeys(failed.item_ids, str(failed))
                if not failed.item_ids:
                    raise
            else:
                refused = {(one.item_id, one.revision): one.why for one in result.refused}
                break
        for one, part in parts.items():
            if part.item_id in unacceptable:
                yield one, Dead("not-acceptable", unacceptable[part.item_id])
            elif isinstance(part, RevisedPart) and (part.item_id, part.key) in refused:
                yield one, Dead("revision-refused", refused[part.item_id, part.key])
            else:
                yield one, Done()

    async def _part(self, one: Delivery) -> Part | None:
        """Return what a record adds to a sample; a withdrawal is carried out at once."""
        if one.position.topic.startswith("deadletters."):
            return _of_burial(one)
        at = (one.position.topic, one.position.partition, one.position.offset)
        reader = _READERS.get(one.position.topic)
        if reader is not None:
            return reader(one.event, at)
        withdrawn: SourceWithdrawn = topics.WITHDRAWALS.read(one.event)
        if await self._sources.withdrawn([withdrawn.source_id]):
            await sweep(self._store, self._queue, withdrawn.source_id, WITHDRAWN, self._sources.withdrawn)
            for mark in self._also:
                await mark(withdrawn.source_id)
        return None


def _of_planned(event: Event, at: Position) -> Part:
    planned: ItemPlanned = topics.PLANNED.read(event)
    return PlannedPart(planned.item, at)


def _of_drafted(event: Event, at: Position) -> Part:
    drafted: DraftTold = topics.DRAFTED.read(event, DraftTold)
    return DraftedPart(drafted.item.id, drafted.item.source, drafted.draft, at)


def _of_revised(event: Event, at: Position) -> Part:
    revised: ItemRevised = topics.REVISED.read(event)
    key = SourceKey(revised.source_id, revised.source_version)
    trace = event.traceparent if is_sampled(event.traceparent) else None
    return RevisedPart(revised.item_id, key, revised.revision, at, trace)


def _of_decision(event: Event, at: Position) -> Part:
    decided: SampleDecided = topics.DECISIONS.read(event)
    return DecidedPart(decided.decision, SourceKey(decided.source_id, decided.source_version))


_READERS: dict[str, Callable[[Event, Position], Part]] = {
    topics.PLANNED.name: _of_planned,
    topics.DRAFTED.name: _of_drafted,
    topics.REVISED.name: _of_revised,
    topics.DECISIONS.name: _of_decision,
}


def _of_burial(one: Delivery) -> Part | None:
    """Return the mark that a dead-letter record sets or clears; None when it is about no item of ours."""
    burial = Burial.read(one)
    if burial.subject is None:
        return None
    at = (one.position.topic, one.position.partition, one.position.offset)
    if burial.disposition != "dead":
        return RevivedPart(burial.subject, burial.id, at)
    try:
        body = topics.REGISTRY[burial.topic].read(one.event)
    except (EventInvalid, KeyError):
        return None
    round_ = body.draft.round if isinstance(body, ItemDrafted) else 0
    return DeadPart(burial.subject, body.item.source, burial.id, burial.group, burial.why, at, round_)
