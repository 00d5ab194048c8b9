"""A promotion goes its whole way on the real servers: event, route stage, workers, flip, drafts by the new digest."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from actors.compute import ComputeLease
from actors.pools.notes import MemberNote, PoolNote
from actors.pools.settings import PoolSettings, WorkerSettings
from actors.pools.worker import Worker
from actors.routes import Routes
from actors.routes.follower import RouteRefused
from actors.routes.keeper import RouteKeeper
from actors.routes.stage import RouteStage
from generation.tasks import small_model_profile
from streams import topics
from streams.blobs import BlobStore
from streams.events import Event
from streams.model_payloads import ModelPromoted, RouteFlipped
from streams.outbox import Outbox
from streams.payloads import ItemDrafted, ItemPlanned
from tests.actors.routes.promotions import broken, promotion, stored
from tests.prove.planted import planted_good
from tests.streams.conftest import Bench, on_bench, until  # noqa: F401 - a fixture

QUICK = {"latency_s": 0.02}


class Pool:
    """Workers on the event loop of a test, with what their manager tells the keeper of the route."""

    def __init__(self, bench: Bench, redis_url: str, mongodb_url: str, folder: Path) -> None:
        self.bench, self.folder = bench, folder
        self.blobs = BlobStore(str(folder / "blobs"))
        self.routes = Routes(bench.database)
        self._redis, self._mongodb = redis_url, mongodb_url
        self._workers: dict[str, tuple[Worker, asyncio.Task[None]]] = {}
        self._keeper = RouteKeeper(mongodb_url, bench.database.name, {"engine": PoolSettings()})
        self._items = iter(list({one.item.id: one.item for one in planted_good()}.values()))

    async def __aenter__(self) -> Pool:
        self._keeper.__enter__()
        self._telling = asyncio.create_task(self._tell())
        self.bench.start(RouteStage(self.routes))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._telling.cancel()
        for worker, _ in self._workers.values():
            worker.stop(2.0)
        await asyncio.gather(*(task for _, task in self._workers.values()), return_exceptions=True)
        await asyncio.to_thread(self._keeper.__exit__)

    def start(self, **engine_settings: Any) -> str:
        """Start a worker; returns its actor's id."""
        name = uuid.uuid4().hex
        settings = WorkerSettings(
            broker=self.bench.broker.settings,
            mongodb=self._mongodb,
            database=self.bench.database.name,
            redis=self._redis,
            blobs=str(self.folder / "blobs"),
            engine="scripted",
            engine_settings={**QUICK, **engine_settings},
            generation=small_model_profile().model_copy(update={"corrective_turns": 0}),
            stages=("draft", "revise"),
            in_flight=8,
            share_compute=True,
            actor=name,
        )
        worker = Worker(settings)
        self._workers[name] = worker, asyncio.create_task(worker.run())
        return name

    def report(self, name: str) -> Any:
        return self._workers[name][0].report()

    def ready(self, *names: str) -> bool:
        return all(self.report(name).ready for name in names)

    async def ended(self, name: str) -> BaseException | None:
        """Wait for a worker's end; returns what ended it."""
        task = self._workers[name][1]
        await asyncio.wait_for(asyncio.wait([task]), 30)
        return task.exception()

    async def promote(self, promoted: ModelPromoted) -> None:
        """Tell a promotion as the registry does."""
        event = topics.PROMOTIONS.event(
            promoted, key="model", subject="model", source="registry", detail=str(promoted.seq)
        )
        await self.bench.publisher.publish([event])

    async def plan(self, number: int) -> list[str]:
        """Publish new items to be drafted; returns their ids."""
        items = [next(self._items) for _ in range(number)]
        await self.bench.publisher.publish(
            [topics.PLANNED.event(ItemPlanned(item=i), key=i.id, subject=i.id, source="test") for i in items]
        )
        return [item.id for item in items]

    async def drafted_with(self, items: Sequence[str]) -> set[str | None]:
        """Wait until items are drafted; returns the adapters that their drafts name."""
        keys = [f"{item}|draft|0" for item in items]

        async def found() -> list[Event]:
            cursor = self.bench.database["stage_results"].find({"_id": {"$in": keys}})
            return [Event.from_stored(one["event"]) async for one in cursor]

        events = await soon(found, lambda all_: len(all_) == len(keys))
        drafts: list[ItemDrafted] = [topics.DRAFTED.read(event) for event in events]
        return {one.draft.provenance.adapter for one in drafts}

    async def live(self, seq: int) -> Any:
        """Wait until the route follows a promotion, and every worker answers with it; returns the flip."""
        route = await soon(self.routes.look, lambda route: route.live is not None and route.live.seq == seq)
        return route.live

    async def _tell(self) -> None:
        while True:
            members = [
                MemberNote("engine", name, 1, "ready", worker.report().ready, worker.report())
                for name, (worker, task) in self._workers.items()
                if not task.done()
            ]
            self._keeper.see([PoolNote("engine", ("draft", "revise"), 0, len(members), tuple(members))])
            await asyncio.sleep(0.05)


async def soon(look: Callable[[], Awaitable[Any]], right: Callable[[Any], bool], seconds: float = 30) -> Any:
    """Look until it is right; returns what was seen."""
    seen: Any = None
    end = asyncio.get_running_loop().time() + seconds
    while not right(seen := await look()):
        assert asyncio.get_running_loop().time() < end, f"it did not come true in time; seen last: {seen}"
        await asyncio.sleep(0.05)
    return seen


@pytest.fixture
def on_pool(
    on_bench: Any,  # noqa: F811
    redis_url: str,
    mongodb_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[Callable[[Pool], Awaitable[None]]], None]:
    """Run an async test with a pool, in a Redis that knows of no claim and no lease."""
    monkeypatch.setenv("SPINESTREAM_CACHE", str(tmp_path / "cache"))

    def run(check: Callable[[Pool], Awaitable[None]]) -> None:
        async def go(bench: Bench) -> None:
            async with Pool(bench, redis_url, mongodb_url, tmp_path) as pool:
                await check(pool)

        on_bench(go)

    return run


def test_new_drafts_carry_the_digest_that_was_promoted(on_pool) -> None:
    async def check(pool: Pool) -> None:
        first = pool.start()
        await until(lambda: pool.ready(first))
        assert await pool.drafted_with(await pool.plan(2)) == {None}
        one, two = [await stored(pool.blobs, pool.folder / str(seed), seed) for seed in range(2)]
        await pool.promote(promotion(1, one))
        flip = await pool.live(1)
        assert (flip.adapter, flip.acknowledged, flip.of) == (one, 1, 1)
        await until(lambda: pool.report(first).adapter == one.name)
        assert await pool.drafted_with(await pool.plan(2)) == {one.name}

        await pool.promote(promotion(2, await broken(pool.blobs, pool.folder), one.name))
        await soon(lambda: pool.routes.acknowledged(2), lambda acks: first in acks)
        later = pool.start()
        await until(lambda: pool.ready(later))
        assert pool.report(later).adapter == one.name, "a worker that starts serves what is live before it is ready"
        assert await pool.drafted_with(await pool.plan(2)) == {one.name}
        assert (await pool.routes.look()).live.seq == 1, "a broken adapter never becomes the route"

        await pool.promote(promotion(3, two, one.name))
        flip = await pool.live(3)
        assert (flip.previous, flip.acknowledged, flip.of) == (one.name, 2, 2)
        await pool.promote(promotion(4, None, two.name))
        assert (await pool.live(4)).previous == two.name
        await until(lambda: {pool.report(name).adapter for name in (first, later)} == {""})
        assert await pool.drafted_with(await pool.plan(2)) == {None}
        await _told(pool)

    async def _told(pool: Pool) -> None:
        """The flips go out as events, by whoever sweeps what is unsent."""
        assert await Outbox(pool.bench.publisher).sweep(pool.routes.documents) == 3
        seen = [one async for one in pool.routes.documents.find({"kind": "flip"}).sort("seq")]
        told: list[RouteFlipped] = [topics.ROUTES.read(Event.from_stored(one["event"])) for one in seen]
        assert [(one.seq, bool(one.adapter)) for one in told] == [(1, True), (3, True), (4, False)]
        assert not any(one["unsent"] for one in seen)

    on_pool(check)


def test_half_of_the_engines_are_no_quorum_and_who_cannot_serve_what_is_live_ends(on_pool) -> None:
    async def check(pool: Pool) -> None:
        able, unable = pool.start(), pool.start(refuse_adapter="spine")
        await until(lambda: pool.ready(able, unable))
        ref = await stored(pool.blobs, pool.folder / "one", 1)
        await pool.promote(promotion(1, ref))
        acks = await soon(lambda: pool.routes.acknowledged(1), lambda acks: len(acks) == 2)
        assert {name: str(one.state) for name, one in acks.items()} == {able: "loaded", unable: "failed"}
        assert "as set" in acks[unable].why
        assert await pool.drafted_with(await pool.plan(2)) == {None}
        assert (await pool.routes.look()).live is None
        third = pool.start()
        await pool.live(1)
        end = await pool.ended(unable)
        assert isinstance(end, RouteRefused)
        assert ref.name in str(end)
        assert not pool.report(unable).ready
        await until(lambda: {pool.report(name).adapter for name in (able, third)} == {ref.name})
        assert await pool.drafted_with(await pool.plan(3)) == {ref.name}

    on_pool(check)


def test_the_stages_stand_still_while_another_computes(on_pool, redis_url: str) -> None:
    async def check(pool: Pool) -> None:
        from redis.asyncio import Redis

        worker = pool.start()
        await until(lambda: pool.ready(worker))
        async with Redis.from_url(redis_url) as redis:
            async with ComputeLease(redis, "trainer 3fa9").held():
                await until(lambda: pool.report(worker).computes == "trainer 3fa9")
                items = await pool.plan(2)
                await asyncio.sleep(1.0)
                assert await pool.bench.database["stage_results"].count_documents({}) == 0
            assert await pool.drafted_with(items) == {None}
            assert pool.report(worker).computes == ""

    on_pool(check)
