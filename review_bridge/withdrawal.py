"""Withdrawing a source from the samples: tombstone first, then the sweep; sinks write, then read the tombstone.

Why no interleaving leaves a sample of a withdrawn source unretracted, or on the queue. A sink does, in this order:
(S1) merge, (S2) put on the queue, read the state again and repair, (S3) read the tombstones, (S4) if there is one
retract and (S5) take all of the source's samples off the queue. A withdrawal does: (W1) write the tombstone, (W2)
retract all samples there are, (W3) take all of them off the queue.

- The tombstone is there at S3 (W1 before S3): the sink itself does S4 and S5, after its own S2. It takes off *all*
  samples of the source and not only those it retracted, because a sweep between S1 and S2 has left it nothing to
  retract.
- It is not there at S3 (S3 before W1): then S1 and S2 lie before W1, so W2 finds the sample and W3 follows the put.

A sink that dies before S5 has not committed its offsets: the events come again, and so does S3. A sweep that dies is
started again by the reconciler, as its tombstone stays. Other writers of the queue (refill, decisions) never put
without reading the state after it, and a retracted sample never becomes anything else.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection

from review_bridge.errors import TombstoneMissing
from review_bridge.parts import RetractedPart
from review_bridge.queue import ReviewQueue
from review_bridge.store import SampleStore

Tombstones = Callable[[Collection[str]], Awaitable[Collection[str]]]
"""Given source ids and versions, returns those that are withdrawn; must see every acknowledged tombstone."""

WITHDRAWN = "source withdrawn"
"""Reason of a retraction where no other is given."""


async def sweep(
    store: SampleStore, queue: ReviewQueue, source: str, reason: str, tombstoned: Tombstones, batch: int = 500
) -> int:
    """Retract every sample of a source id (or of one version) and take it off the queue; returns how many there are.

    Raises `TombstoneMissing` if the tombstone is not there yet. May be repeated.
    """
    if source not in await tombstoned([source]):
        raise TombstoneMissing(source)
    return await _retract(store, queue, source, reason, batch)


async def retract_if_withdrawn(
    store: SampleStore, queue: ReviewQueue, sources: Collection[str], tombstoned: Tombstones, reason: str = WITHDRAWN
) -> frozenset[str]:
    """Retract what a sink just wrote if its source is withdrawn; call it after merging *and* writing the queue.

    Returns those of the source ids (or versions) that are withdrawn.
    """
    withdrawn = frozenset(await tombstoned(sources)) if sources else frozenset()
    for source in sorted(withdrawn):
        await _retract(store, queue, source, reason, batch=500)
    return withdrawn


async def _retract(store: SampleStore, queue: ReviewQueue, source: str, reason: str, batch: int) -> int:
    count, last, more = 0, "", True
    while more:
        ids = await store.ids_of_source(source, after=last, limit=batch)
        more = len(ids) == batch
        if ids:
            await store.merge([RetractedPart(item, reason) for item in ids])
            await queue.take_off(ids)
            count, last = count + len(ids), ids[-1]
    return count
