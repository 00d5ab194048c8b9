"""The route on a real store: the highest promotion counts, a flip is told once, an engine's first word stands."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from pymongo import AsyncMongoClient

from actors.routes import Acknowledged, Routes
from actors.routes.keeper import keep_once
from actors.routes.quorum import Voter
from streams import topics
from streams.blobs import BlobStore
from streams.events import Event
from streams.model_payloads import RouteFlipped
from tests.actors.routes.promotions import promotion, stored

Check = Callable[[Routes, BlobStore], Awaitable[None]]


@pytest.fixture
def on_routes(mongodb_url: str, mongo_db: str, tmp_path: Path) -> Callable[[Check], None]:
    def run(check: Check) -> None:
        async def go() -> None:
            async with AsyncMongoClient(mongodb_url, w="majority") as client:
                routes = Routes(client[mongo_db])
                await routes.prepare()
                await check(routes, BlobStore(str(tmp_path / "blobs")))

        asyncio.run(go())

    return run


def test_before_any_promotion_nothing_is_wanted(on_routes) -> None:
    async def check(routes: Routes, _: BlobStore) -> None:
        route = await routes.look()
        assert (route.wanted, route.live, route.ahead) == (None, None, None)

    on_routes(check)


def test_the_highest_promotion_is_wanted_in_whatever_order_they_come(on_routes, tmp_path: Path) -> None:
    async def check(routes: Routes, blobs: BlobStore) -> None:
        refs = [await stored(blobs, tmp_path / str(seed), seed) for seed in range(3)]
        for order in itertools.permutations(range(3)):
            await routes.documents.delete_many({})
            for number in (*order, *order):
                await routes.want(promotion(number + 1, refs[number]))
            wanted = (await routes.look()).wanted
            assert wanted is not None
            assert wanted == promotion(3, refs[2])

    on_routes(check)


def test_a_flip_carries_its_event_unsent_and_comes_once(on_routes, tmp_path: Path) -> None:
    async def check(routes: Routes, blobs: BlobStore) -> None:
        one, two = [await stored(blobs, tmp_path / str(seed), seed) for seed in range(2)]
        assert await routes.flip(promotion(1, one), 1, 1)
        assert await routes.flip(promotion(4, two, one.name), 2, 3)
        assert not await routes.flip(promotion(4, two), 3, 3)
        assert not await routes.flip(promotion(2, one), 3, 3), "the route goes forward only"
        assert await routes.flip(promotion(5, None, two.name), 1, 1)
        told = [
            topics.ROUTES.read(Event.from_stored(document["event"]))
            async for document in routes.documents.find({"unsent": True}).sort("seq")
        ]
        assert told == [
            RouteFlipped(seq=1, adapter=one.name, previous="", acknowledged=1, of=1),
            RouteFlipped(seq=4, adapter=two.name, previous=one.name, acknowledged=2, of=3),
            RouteFlipped(seq=5, adapter="", previous=two.name, acknowledged=1, of=1),
        ]
        live = (await routes.look()).live
        assert live is not None
        assert (live.seq, live.adapter, live.name) == (5, None, "")

    on_routes(check)


def test_an_engines_first_word_counts(on_routes) -> None:
    async def check(routes: Routes, _: BlobStore) -> None:
        await routes.acknowledge(1, "a", Acknowledged.FAILED, "it does not fit")
        await routes.acknowledge(1, "a", Acknowledged.LOADED)
        await routes.acknowledge(2, "a", Acknowledged.LOADED)
        found = await routes.acknowledged(1)
        assert [(one.state, one.why) for one in found.values()] == [(Acknowledged.FAILED, "it does not fit")]
        (second,) = (await routes.acknowledged(2)).values()
        assert second.state is Acknowledged.LOADED

    on_routes(check)


def test_the_route_flips_with_its_quorum_and_not_before(on_routes, tmp_path: Path) -> None:
    async def check(routes: Routes, blobs: BlobStore) -> None:
        three = [Voter(name, "engine") for name in "abc"]
        assert not await keep_once(routes, three)
        ref = await stored(blobs, tmp_path / "one", 1)
        await routes.want(promotion(7, ref))
        assert not await keep_once(routes, three)
        await routes.acknowledge(7, "a", Acknowledged.LOADED)
        await routes.acknowledge(7, "b", Acknowledged.FAILED, "no room")
        assert not await keep_once(routes, three)
        assert not await keep_once(routes, [])
        await routes.acknowledge(7, "c", Acknowledged.LOADED)
        assert await keep_once(routes, three)
        assert not await keep_once(routes, three)
        route = await routes.look()
        assert route.ahead is None
        assert route.live is not None
        assert (route.live.adapter, route.live.acknowledged, route.live.of) == (ref, 2, 3)

    on_routes(check)
