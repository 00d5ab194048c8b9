"""An engine follows the route on a real store: it says what it has loaded, and answers with what is live."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pymongo import AsyncMongoClient

from actors.engines.errors import EngineDead
from actors.engines.scripted import ScriptedEngine
from actors.engines.settings import ScriptedSettings
from actors.routes import Acknowledged, Routes
from actors.routes.follower import Follower, RouteRefused
from actors.routes.routes import Turn
from streams.blobs import BlobStore
from streams.errors import DependencyDown
from tests.actors.routes.promotions import broken, promotion, stored


class Desk:
    """A route with its blobs, and engines that follow it."""

    def __init__(self, routes: Routes, blobs: BlobStore, folder: Path) -> None:
        self.routes, self.blobs, self.folder = routes, blobs, folder

    def follower(self, name: str, **settings: Any) -> tuple[Follower, ScriptedEngine]:
        engine = ScriptedEngine(ScriptedSettings(**settings))
        return Follower(self.routes, self.blobs, engine, name), engine

    async def look(self, follower: Follower) -> None:
        """Have a follower look once, as it does again and again."""
        await follower._follow(await self.routes.look())

    async def said(self, seq: int) -> dict[str, tuple[str, str]]:
        return {name: (str(one.state), one.why) for name, one in (await self.routes.acknowledged(seq)).items()}


@pytest.fixture
def at(
    mongodb_url: str, mongo_db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Callable[[Desk], Awaitable[None]]], None]:
    monkeypatch.setenv("SPINESTREAM_CACHE", str(tmp_path / "cache"))

    def run(check: Callable[[Desk], Awaitable[None]]) -> None:
        async def go() -> None:
            async with AsyncMongoClient(mongodb_url, w="majority") as client:
                await check(Desk(Routes(client[mongo_db]), BlobStore(str(tmp_path / "blobs")), tmp_path))

        asyncio.run(go())

    return run


def test_what_is_wanted_is_loaded_and_used_once_the_route_flips(at) -> None:
    async def check(desk: Desk) -> None:
        follower, engine = desk.follower("a")
        await follower.begin(asyncio.Event())
        ref = await stored(desk.blobs, desk.folder / "one", 1)
        await desk.routes.want(promotion(1, ref))
        await desk.look(follower)
        assert await desk.said(1) == {"a": ("loaded", "")}
        assert engine.card.adapter is None, "it does not answer with it yet"
        await desk.routes.flip(promotion(1, ref), 1, 1)
        await desk.look(follower)
        assert engine.card.adapter == ref.name
        await desk.routes.want(promotion(2, None, ref.name))
        await desk.look(follower)
        assert await desk.said(2) == {"a": ("loaded", "")}
        await desk.routes.flip(promotion(2, None), 1, 1)
        await desk.look(follower)
        assert engine.card.adapter is None, "the way back is the same"

    at(check)


def test_a_broken_adapter_is_told_once_and_what_answers_stays(at) -> None:
    async def check(desk: Desk) -> None:
        follower, engine = desk.follower("a", refuse_adapter="never")
        sound = await stored(desk.blobs, desk.folder / "one", 1)
        await desk.routes.flip(promotion(1, sound), 1, 1)
        await follower.begin(asyncio.Event())
        nan = await broken(desk.blobs, desk.folder)
        other = await stored(desk.blobs, desk.folder / "two", 2)
        gone = await stored(desk.blobs, desk.folder / "three", 3)
        desk.blobs.erase(gone.weights)
        cases = {
            2: (nan, "holds what is no number"),
            3: (other.model_copy(update={"weights": sound.weights}), "is not named by its bytes"),
            4: (gone, "is not in the blob store"),
        }
        for seq, (ref, why) in cases.items():
            await desk.routes.want(promotion(seq, ref, sound.name))
            for _ in range(2):
                await desk.look(follower)
            ((state, told),) = (await desk.said(seq)).values()
            assert state == Acknowledged.FAILED
            assert why in told
            assert engine.card.adapter == sound.name
        await desk.routes.want(promotion(5, other, sound.name))
        await desk.look(follower)
        assert await desk.said(5) == {"a": ("loaded", "")}

    at(check)


def test_an_adapter_that_fails_its_self_test_is_not_acknowledged(at) -> None:
    async def check(desk: Desk) -> None:
        engine = ScriptedEngine(script=lambda request, index: "{}")
        follower = Follower(desk.routes, desk.blobs, engine, "a")
        await desk.routes.want(promotion(1, await stored(desk.blobs, desk.folder / "one", 1)))
        await desk.look(follower)
        ((state, told),) = (await desk.said(1)).values()
        assert state == Acknowledged.FAILED
        assert "self-test" in told

    at(check)


def test_an_engine_that_dies_of_it_is_dead_and_says_nothing(at) -> None:
    async def check(desk: Desk) -> None:
        follower, _ = desk.follower("a", die_after=0)
        await desk.routes.want(promotion(1, await stored(desk.blobs, desk.folder / "one", 1)))
        with pytest.raises(EngineDead):
            await desk.look(follower)
        assert await desk.said(1) == {}

    at(check)


def test_an_engine_that_starts_later_answers_with_what_is_live_before_anything_else(at) -> None:
    async def check(desk: Desk) -> None:
        live, ahead = [await stored(desk.blobs, desk.folder / str(seed), seed) for seed in range(2)]
        await desk.routes.flip(promotion(1, live), 1, 1)
        await desk.routes.want(promotion(2, ahead, live.name))
        follower, engine = desk.follower("late")
        await follower.begin(asyncio.Event())
        assert engine.card.adapter == live.name
        assert await desk.said(2) == {}
        await desk.look(follower)
        assert await desk.said(2) == {"late": ("loaded", "")}

    at(check)


def test_an_engine_that_cannot_serve_what_is_live_may_not_work(at) -> None:
    async def check(desk: Desk) -> None:
        live = await stored(desk.blobs, desk.folder / "one", 1)
        refusing, engine = desk.follower("a", refuse_adapter="spine")
        await refusing.begin(asyncio.Event())
        await desk.routes.flip(promotion(1, live), 2, 3)
        with pytest.raises(RouteRefused, match=rf"{live.name} cannot be served here: .* as set"):
            await refusing.keep(asyncio.Event())
        assert engine.card.adapter is None
        with pytest.raises(RouteRefused):
            await desk.follower("later", refuse_adapter="spine")[0].begin(asyncio.Event())

    at(check)


def test_a_store_that_is_away_is_waited_for(at) -> None:
    class Away(Routes):
        tries = 0

        async def look(self) -> Any:
            self.tries += 1
            if self.tries == 1:
                raise DependencyDown("mongodb", "away")
            return await super().look()

    async def check(desk: Desk) -> None:
        live = await stored(desk.blobs, desk.folder / "one", 1)
        await desk.routes.flip(promotion(1, live), 1, 1)
        engine = ScriptedEngine()
        routes = Away(desk.routes.documents.database)
        await asyncio.wait_for(Follower(routes, desk.blobs, engine, "a").begin(asyncio.Event()), 10)
        assert engine.card.adapter == live.name
        assert routes.tries == 2

    at(check)


def test_the_first_engine_tries_alone_and_the_others_after_it(at) -> None:
    async def check(desk: Desk) -> None:
        ref = await stored(desk.blobs, desk.folder / "one", 1)
        await desk.routes.want(promotion(1, ref))
        assert await desk.routes.turn(1, "first") is Turn.TRY
        second, _ = desk.follower("second")
        await desk.look(second)
        assert await desk.said(1) == {}, "it waits for the first one's word"
        assert await desk.routes.turn(1, "first") is Turn.TRY, "whoever began may go on"
        await desk.routes.acknowledge(1, "first", Acknowledged.LOADED)
        await desk.look(second)
        assert await desk.said(1) == {"first": ("loaded", ""), "second": ("loaded", "")}

    at(check)


def test_an_adapter_over_which_engines_end_is_left_alone(at, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actors.routes.routes.PATIENCE", timedelta(0))

    async def check(desk: Desk) -> None:
        await desk.routes.want(promotion(1, await stored(desk.blobs, desk.folder / "one", 1)))
        for name in ("a", "b"):
            with pytest.raises(EngineDead):
                await desk.look(desk.follower(name, die_after=0)[0])
        third, engine = desk.follower("c", die_after=0)
        await desk.look(third)
        ((state, told),) = (await desk.said(1)).values()
        assert (state, told) == ("failed", "2 engines ended while they tried it: it is not tried again")
        assert engine.progress().tokens == 0
        await desk.routes.want(promotion(2, await stored(desk.blobs, desk.folder / "two", 2)))
        assert await desk.routes.turn(2, "c") is Turn.TRY, "another promotion is another matter"

    at(check)
