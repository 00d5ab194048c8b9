"""Windows and buckets: what lies on an edge is in one of two, always the same one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo import AsyncMongoClient

from streams.trends.facts import Facts
from streams.trends.windows import Bucket, rates, series, totals
from tests.streams.trends.constructed import NOON, documents, planned

Database = Any


@pytest.fixture
def on_facts(mongodb_url: str, mongo_db: str) -> Callable[[list[Any], Callable[[Database], Awaitable[None]]], None]:
    """Runs an async test on a store that holds the facts given."""

    def run(facts: list[Any], test: Callable[[Database], Awaitable[None]]) -> None:
        async def go() -> None:
            async with AsyncMongoClient[dict[str, Any]](mongodb_url) as client:
                await Facts(client[mongo_db]).insert(documents(facts))
                await test(client[mongo_db])

        asyncio.run(go())

    return run


@pytest.mark.parametrize("bucket", list(Bucket))
def test_a_bucket_begins_at_a_mark(bucket) -> None:
    at = datetime(2026, 11, 28, 12, 7, 31, 500, tzinfo=UTC)
    begins = {Bucket.MINUTE: at.replace(second=0, microsecond=0), Bucket.QUARTER: NOON}
    assert bucket.begin(at) == begins.get(bucket, at.replace(hour=0, minute=0, second=0, microsecond=0))
    assert bucket.begin(bucket.begin(at)) == bucket.begin(at)


@pytest.mark.parametrize("bucket", list(Bucket))
def test_a_fact_on_a_mark_is_in_the_bucket_that_begins_there(on_facts, bucket) -> None:
    now = bucket.begin(NOON) + bucket.size / 2
    mark, tick = bucket.begin(now), timedelta(milliseconds=1)
    first = mark - bucket.size * (bucket.number - 1)
    times = [mark - tick, mark, mark + bucket.size - tick, mark + bucket.size, first, first - tick]

    async def test(database: Database) -> None:
        found = await series(database, bucket, now)
        counts = next(one.counts for one in found.series if one.stage == "planned")
        assert (len(counts), found.starts[0], found.starts[-1]) == (bucket.number, first, mark)
        assert (counts[0], counts[-2], counts[-1]) == (1, 1, 2)
        assert sum(counts) == 4
        assert not sum(sum(one.counts) for one in found.series if one.stage != "planned")

    on_facts([planned(slot, at) for slot, at in enumerate(times)], test)


def test_a_window_holds_its_beginning_and_not_its_end(on_facts) -> None:
    tick, minute = timedelta(milliseconds=1), timedelta(minutes=1)
    times = [NOON, NOON - tick, NOON - minute, NOON - minute - tick, NOON - 15 * minute, NOON - timedelta(days=1)]

    async def test(database: Database) -> None:
        [found] = [one for one in await rates(database, NOON) if one.stage == "planned"]
        assert (found.minute, found.quarter, found.day) == (2, 4, 5)
        assert await totals(database) == {"item.planned": 6, "unreadable": 0}

    on_facts([planned(slot, at) for slot, at in enumerate(times)], test)
