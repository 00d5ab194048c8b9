"""The review queue: an order of sample ids in Redis (6.2 commands), which the store can rebuild at any time.

The queue promises nothing by itself; `routing` keeps it equal to the set of queued samples.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import uuid4

from redis.asyncio import Redis

PRIORITIES = range(10)
"""0 is looked at first."""

_BATCH = 1000
# Milliseconds since 1970 stay below this for 300 years, and 9 of it plus them below 2^53: a score is exact.
_ONE_PRIORITY = 10**13


class QueueEntry(NamedTuple):
    """A sample that waits for a clinician."""

    item_id: str
    since: datetime
    """Its time in the queue counts from here; taken from the store, so that a rebuilt queue has the same order."""
    priority: int = 5

    @property
    def score(self) -> int:
        """Place in the queue, smallest first: by priority, then by time in milliseconds."""
        if self.priority not in PRIORITIES:
            raise ValueError(f"sample {self.item_id}: priority {self.priority} is not in 0 to {PRIORITIES[-1]}")
        return self.priority * _ONE_PRIORITY + int(self.since.timestamp() * 1000)


class ReviewQueue:
    """Ids of queued samples by priority, then by age, then by id."""

    def __init__(self, redis: Redis, key: str = "spinestream:review:queue") -> None:
        self._redis = redis
        self._key = key

    async def put(self, entries: Sequence[QueueEntry]) -> None:
        """Put samples on the queue; one that is there takes the place given now."""
        await self._add(self._key, entries)

    async def take_off(self, item_ids: Collection[str]) -> int:
        """Take samples off; ids that are not there do not matter. Returns how many were there."""
        gone, ids = 0, [*item_ids]
        for start in range(0, len(ids), _BATCH):
            gone += int(await self._redis.zrem(self._key, *ids[start : start + _BATCH]))
        return gone

    async def ids(self, limit: int | None = None) -> tuple[str, ...]:
        """Return the ids in the order of the queue, at most `limit` of them."""
        if limit == 0:
            return ()
        found = await self._redis.zrange(self._key, 0, -1 if limit is None else limit - 1)
        return tuple(member.decode() if isinstance(member, bytes) else member for member in found)

    async def size(self) -> int:
        """Return how many samples wait."""
        return int(await self._redis.zcard(self._key))

    async def oldest(self) -> datetime | None:
        """Return since when the sample waits that has waited longest, whatever its priority; None where none waits."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for priority in PRIORITIES:
                first = priority * _ONE_PRIORITY
                pipe.zrangebyscore(self._key, first, first + _ONE_PRIORITY - 1, start=0, num=1, withscores=True)
            found = await pipe.execute()
        since = [int(score) % _ONE_PRIORITY for rows in found for _, score in rows]
        return datetime.fromtimestamp(min(since) / 1000, UTC) if since else None

    async def rebuild(self, entries: Sequence[QueueEntry]) -> None:
        """Replace the whole queue in one step.

        What others put on since `entries` were read is lost: on a queue in use, `routing.refill` is the way.
        """
        if not entries:
            await self._redis.delete(self._key)
            return
        beside = f"{self._key}:{uuid4().hex}"
        try:
            await self._add(beside, entries)
            await self._redis.rename(beside, self._key)
        finally:
            await self._redis.delete(beside)

    async def _add(self, key: str, entries: Sequence[QueueEntry]) -> None:
        for start in range(0, len(entries), _BATCH):
            await self._redis.zadd(key, {e.item_id: e.score for e in entries[start : start + _BATCH]})
