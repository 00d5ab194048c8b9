"""How many facts came when: windows that end now, and series of buckets on fixed marks.

A window is [now - size, now). A bucket begins at a multiple of its size since 1970 and holds what comes from then on up
to the next, which it does not hold: a fact on a mark is in the bucket that begins there, and in one only.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from pymongo.asynchronous.database import AsyncDatabase

from generation.model import Value
from streams.trends.facts import COLLECTION, UNREADABLE

STAGES: Mapping[str, str] = {
    "source.registered": "sources in",
    "source.read": "sources read",
    "source.planned": "sources planned",
    "item.planned": "planned",
    "item.drafted": "drafted",
    "item.revised": "revised",
    "sample.decided": "decided",
}
"""Types of fact that a stage of the pipeline leaves, in the order work flows, and what they are called."""


class Bucket(StrEnum):
    """A size of buckets."""

    MINUTE = "minute"
    """The last hour."""
    QUARTER = "quarter"
    """Fifteen minutes; the last day."""
    DAY = "day"
    """The last thirty days."""

    @property
    def size(self) -> timedelta:
        """How long a bucket is."""
        return {Bucket.MINUTE: timedelta(minutes=1), Bucket.QUARTER: timedelta(minutes=15)}.get(self, timedelta(days=1))

    @property
    def number(self) -> int:
        """How many buckets a series has; the last one is still being filled."""
        return {Bucket.MINUTE: 60, Bucket.QUARTER: 96}.get(self, 30)

    def begin(self, at: datetime) -> datetime:
        """Return the mark at which the bucket of a time begins."""
        size = self.size.total_seconds()
        return datetime.fromtimestamp(at.timestamp() // size * size, UTC)


class Rate(Value):
    """How many facts of a stage came in the last minute, quarter of an hour and day."""

    stage: str
    minute: int
    quarter: int
    day: int


class Series(Value):
    """Facts of a stage, a number a bucket."""

    stage: str
    counts: tuple[int, ...]


class Buckets(Value):
    """All stages over the same buckets."""

    bucket: Bucket
    starts: tuple[datetime, ...]
    series: tuple[Series, ...]


Facts = AsyncDatabase[dict[str, Any]]


async def rates(database: Facts, now: datetime) -> tuple[Rate, ...]:
    """Return the rate of every stage, stages without facts included."""
    windows = {one.value: now - one.size for one in Bucket}
    within = {name: {"$sum": {"$cond": [{"$gte": ["$at", first]}, 1, 0]}} for name, first in windows.items()}
    stages: list[dict[str, Any]] = [
        {"$match": {"type": {"$in": [*STAGES]}, "at": {"$gte": windows[Bucket.DAY], "$lt": now}}},
        {"$group": {"_id": "$type", **within}},
    ]
    found = {one["_id"]: one async for one in await database[COLLECTION].aggregate(stages)}
    return tuple(
        Rate(stage=name, **{window: found.get(type_, {}).get(window, 0) for window in windows})
        for type_, name in STAGES.items()
    )


async def series(database: Facts, bucket: Bucket, now: datetime) -> Buckets:
    """Return the series of every stage up to now."""
    last = bucket.begin(now)
    starts = tuple(last - bucket.size * back for back in range(bucket.number - 1, -1, -1))
    milliseconds = int(bucket.size.total_seconds() * 1000)
    since = {"$toLong": "$at"}
    mark = {"$subtract": [since, {"$mod": [since, milliseconds]}]}
    stages = [
        {"$match": {"type": {"$in": [*STAGES]}, "at": {"$gte": starts[0], "$lt": last + bucket.size}}},
        {"$group": {"_id": {"type": "$type", "mark": mark}, "n": {"$sum": 1}}},
    ]
    found = {
        (one["_id"]["type"], one["_id"]["mark"]): one["n"] async for one in await database[COLLECTION].aggregate(stages)
    }
    marks = [int(one.timestamp() * 1000) for one in starts]
    every = (
        Series(stage=name, counts=tuple(found.get((type_, m), 0) for m in marks)) for type_, name in STAGES.items()
    )
    return Buckets(bucket=bucket, starts=starts, series=tuple(every))


async def totals(database: Facts) -> Mapping[str, int]:
    """Return {type: facts} over all time, unreadable records among them."""
    stages = [{"$group": {"_id": "$type", "n": {"$sum": 1}}}]
    found = {one["_id"]: one["n"] async for one in await database[COLLECTION].aggregate(stages)}
    return {UNREADABLE: 0, **found}
