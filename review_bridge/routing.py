"""Keeping the queue equal to the set of queued samples, whatever happens at the same time.

The rule: *write the queue, then read the state again, until both agree.* Store and queue share no transaction.
Whoever writes the queue by an old state sees so when it reads again, and repairs it; a state that changes only after
that second read is followed by the queue write of whoever changed it, which comes later. So the last write on the
queue is always right.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from generation.samples import State
from review_bridge.parts import Part
from review_bridge.queue import QueueEntry, ReviewQueue
from review_bridge.store import MergeResult, SampleStore, Standing
from review_bridge.withdrawal import Tombstones, retract_if_withdrawn

_NEVER_QUEUED = (State.PLANNED, State.DRAFTED)
_BATCH = 500


async def take_in(store: SampleStore, queue: ReviewQueue, parts: Sequence[Part], tombstoned: Tombstones) -> MergeResult:
    """Do all that a sink has to do with a batch of parts: merge, route, then look for withdrawals. May be repeated."""
    result = await store.merge(parts)
    await route(store, queue, result.standings)
    sources = [standing.source for standing in result.standings.values() if standing.source]
    await retract_if_withdrawn(store, queue, {name for source in sources for name in source}, tombstoned)
    return result


async def route(store: SampleStore, queue: ReviewQueue, standings: Mapping[str, Standing]) -> None:
    """Bring the queue in line with the samples given, starting from how they stood when last read."""
    # Nothing goes back to planned or drafted, so such a sample has never been on the queue.
    pending = {item: s for item, s in standings.items() if s.state not in _NEVER_QUEUED}
    while pending:
        put = {item: QueueEntry(item, s.created_at) for item, s in pending.items() if s.state is State.QUEUED}
        if put:
            await queue.put([*put.values()])
        if others := pending.keys() - put:
            await queue.take_off(others)
        now = await store.standings(pending)
        pending = {item: s for item, s in now.items() if (s.state is State.QUEUED) != (item in put)}


async def refill(store: SampleStore, queue: ReviewQueue) -> None:
    """Put every queued sample on the queue and take off what does not belong there; safe on a queue in use."""
    last = ""
    while ids := await store.ids_in(State.QUEUED, after=last, limit=_BATCH):
        await route(store, queue, await store.standings(ids))
        last = ids[-1]
    members = await queue.ids()
    for start in range(0, len(members), _BATCH):
        await _take_off_strangers(store, queue, members[start : start + _BATCH])


async def _take_off_strangers(store: SampleStore, queue: ReviewQueue, members: Collection[str]) -> None:
    standings = await store.standings(members)
    # Also ids that the store does not know: it was emptied since, and the merge to come puts them on again.
    strangers = [item for item in members if item not in standings or standings[item].state is not State.QUEUED]
    if strangers:
        await queue.take_off(strangers)
        await route(store, queue, await store.standings(strangers))
