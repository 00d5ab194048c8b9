"""A store and a queue of one test alone, on the session's real servers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase
from redis.asyncio import Redis

from review_bridge.queue import ReviewQueue
from review_bridge.store import SampleStore


@dataclass
class Tombs:
    """Tombstones in memory."""

    names: set[str] = field(default_factory=set)

    async def __call__(self, names: Collection[str]) -> Collection[str]:
        return self.names & {*names}


@dataclass
class Place:
    """What a test of the review bridge works on; lives in the event loop of `run`."""

    database: AsyncDatabase[dict[str, Any]]
    store: SampleStore
    redis: Redis
    queue: ReviewQueue
    tombs: Tombs = field(default_factory=Tombs)

    async def document(self, item_id: str) -> dict[str, Any]:
        found = await self.database["samples"].find_one({"_id": item_id})
        assert found is not None
        return found


Run = Callable[[Callable[[Place], Awaitable[Any]]], Any]


@pytest.fixture
def run(mongodb_url: str, mongo_db: str, redis_url: str, topic_prefix: str) -> Iterator[Run]:
    """Runs coroutine functions that take a `Place`, all of them in one event loop."""

    async def opened() -> tuple[AsyncMongoClient[dict[str, Any]], Place]:
        client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(mongodb_url, tz_aware=True)
        redis = Redis.from_url(redis_url)
        store = SampleStore(client[mongo_db])
        await store.prepare()
        return client, Place(client[mongo_db], store, redis, ReviewQueue(redis, topic_prefix + "queue"))

    async def closed(client: AsyncMongoClient[dict[str, Any]], place: Place) -> None:
        async for key in place.redis.scan_iter(topic_prefix + "*"):
            await place.redis.delete(key)
        await place.redis.aclose()
        await client.close()

    with asyncio.Runner() as runner:
        client, place = runner.run(opened())
        try:
            yield lambda scenario: runner.run(scenario(place))
        finally:
            runner.run(closed(client, place))
