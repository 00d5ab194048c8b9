"""The pool on a real Ray with the scripted engine: work gets done, a dead or silent actor is replaced."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest
import redis
from pymongo import AsyncMongoClient

from actors.claims import PREFIX, Obituaries
from actors.pools.lag import LagWatch
from actors.pools.notes import MemberNote, PoolNote
from actors.pools.ray_pool import RayPool, serve
from actors.pools.ray_start import start_ray
from actors.pools.settings import PoolSettings, WorkerSettings
from actors.pools.starts import PoolFailed
from actors.stages import STAGES
from generation.tasks import small_model_profile
from streams import topics
from streams.broker import Broker
from streams.controls import Controls
from streams.payloads import ItemPlanned
from streams.publisher import Publisher
from tests.prove.planted import planted_good


@pytest.fixture(scope="module", autouse=True)
def ray_here() -> Iterator[None]:
    """One Ray for this file."""
    start_ray("", [PoolSettings(max_actors=4)])
    yield
    import ray

    ray.shutdown()


class Pools:
    """Pools served on a thread, as the pools role does."""

    def __init__(self, worker: WorkerSettings, **pools: PoolSettings) -> None:
        self.notes: Sequence[PoolNote] = ()
        self.error: BaseException | None = None
        self._stop = threading.Event()
        self._worker = worker
        self._pools = pools
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        try:
            with (
                redis.Redis.from_url(self._worker.redis) as client,
                LagWatch(Broker(self._worker.broker), {name: stage.topics for name, stage in STAGES.items()}) as lag,
            ):
                told = Obituaries(client)
                pools = [
                    RayPool(name, pool, self._worker.model_copy(update={"stages": pool.stages}), lag, told)
                    for name, pool in self._pools.items()
                ]
                serve(pools, told, self._stop, self._note)
        except PoolFailed as failed:
            self.error = failed

    def _note(self, notes: Sequence[PoolNote]) -> None:
        self.notes = notes

    def members(self, state: str = "ready") -> list[MemberNote]:
        """Return the actors in a state."""
        return [one for note in self.notes for one in note.members if one.state == state]

    def ready_pid(self) -> int | None:
        """Process id of a ready actor."""
        return next((one.pid for one in self.members()), None)

    def sizes(self) -> dict[str, int]:
        """Return how many ready actors each pool has."""
        return {note.name: sum(one.ready for one in note.members) for note in self.notes}

    def close(self) -> None:
        """Stop as SIGTERM does."""
        self._stop.set()
        self._thread.join(60)
        assert not self._thread.is_alive()


def until(condition: Callable[[], Any], seconds: float, what: str) -> Any:
    """Return the first true value."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"waited {seconds} s in vain for {what}")


@pytest.fixture
def worker(broker: Broker, mongodb_url: str, mongo_db: str, redis_url: str, tmp_path: Path) -> WorkerSettings:
    """A worker with the scripted engine on the session's servers, which know of no death in an earlier test."""
    with redis.Redis.from_url(redis_url) as client:
        client.delete(*(f"{PREFIX}{name}" for name in ("claims", "deaths", "alone-deaths", "killers")))
    return WorkerSettings(
        broker=broker.settings,
        mongodb=mongodb_url,
        database=mongo_db,
        redis=redis_url,
        blobs=str(tmp_path / "blobs"),
        engine="scripted",
        engine_settings={"latency_s": 0.05},
        generation=small_model_profile().model_copy(update={"corrective_turns": 0}),
        stages=("read", "draft", "revise"),
        in_flight=8,
    )


def plan(publisher: Publisher, number: int) -> None:
    """Publish items to be drafted."""
    items = list({one.item.id: one.item for one in planted_good()}.values())[:number]
    assert len(items) == number
    events = [topics.PLANNED.event(ItemPlanned(item=i), key=i.id, subject=i.id, source="test") for i in items]
    asyncio.run(publisher.publish(events))


def results(url: str, database: str) -> int:
    """Count the stage results there are."""

    async def count() -> int:
        async with AsyncMongoClient[dict[str, Any]](url) as client:
            return await client[database]["stage_results"].count_documents({})

    return asyncio.run(count())


def test_items_are_drafted_and_revised_and_a_killed_actor_is_replaced(
    worker: WorkerSettings, publisher: Publisher, broker: Broker
) -> None:
    pool = Pools(worker, engine=PoolSettings())
    try:
        first = until(pool.ready_pid, 60, "a ready actor")
        os.kill(first, signal.SIGKILL)
        plan(publisher, 12)
        second = until(lambda: pool.ready_pid() not in (None, first) and pool.ready_pid(), 60, "another actor")
        assert second != first
        until(lambda: results(worker.mongodb, worker.database) == 24, 60, "24 stage results")
        until(lambda: broker.lag("draft", ["planned"]) + broker.lag("revise", ["drafted"]) == 0, 30, "commits")
    finally:
        pool.close()


def test_an_engine_that_has_work_and_makes_no_token_is_replaced(worker: WorkerSettings, publisher: Publisher) -> None:
    silent = worker.model_copy(update={"engine_settings": {"latency_s": 3600.0}})
    pool = Pools(silent, engine=PoolSettings(stall_seconds=2.0))
    try:
        first = until(pool.ready_pid, 60, "a ready actor")
        plan(publisher, 2)
        until(lambda: pool.ready_pid() not in (None, first), 90, "the silent actor to be replaced")
        with redis.Redis.from_url(worker.redis) as client:
            until(lambda: client.hvals(f"{PREFIX}deaths") == [b"1", b"1"], 30, "the hang to count as a death of both")
    finally:
        pool.close()


def test_a_pool_whose_engine_cannot_be_opened_gives_up_with_the_reason(worker: WorkerSettings) -> None:
    broken = worker.model_copy(update={"engine_settings": {"latency_s": -1}})
    pool = Pools(broken, engine=PoolSettings())
    until(lambda: pool.error is not None, 90, "the pool to give up")
    assert "latency_s" in str(pool.error)
    assert "pool engine" in str(pool.error)


@pytest.mark.long
def test_a_pool_grows_with_the_lag_and_shrinks_to_nothing_and_no_call_is_made_twice(
    worker: WorkerSettings, publisher: Publisher, tmp_path: Path
) -> None:
    calls = tmp_path / "calls.log"
    slow = worker.model_copy(update={"engine_settings": {"latency_s": 1.5, "call_log": str(calls)}, "in_flight": 2})
    pools = Pools(slow, engine=PoolSettings(min_actors=0, max_actors=2, lag_per_actor=8, scale_in_seconds=1.0))
    try:
        until(lambda: pools.notes and pools.notes[0].lag == 0, 60, "the lag to be known")
        assert pools.notes[0].members == ()
        plan(publisher, 20)
        until(lambda: len(pools.members()) == 2, 90, "two actors")
        until(lambda: results(worker.mongodb, worker.database) == 40, 120, "40 stage results")
        until(lambda: pools.notes[0].members == (), 60, "every actor to leave")
        assert pools.notes[0].wanted == 0
        asked = [line.split("\t")[0] for line in calls.read_text().splitlines() if line.startswith("planted-")]
        assert len(set(asked)) == 40
        assert len(asked) <= 41, "calls were made twice while it grew and shrank"
    finally:
        pools.close()


@pytest.mark.long
def test_what_waits_for_a_paused_stage_calls_for_no_actor_until_it_goes_on(
    worker: WorkerSettings, publisher: Publisher
) -> None:
    def controls(ask: Callable[[Controls], Awaitable[Any]]) -> None:
        async def work() -> None:
            async with AsyncMongoClient[dict[str, Any]](worker.mongodb) as client:
                await ask(Controls(client[worker.database]))

        asyncio.run(work())

    slow = worker.model_copy(update={"engine_settings": {"latency_s": 1.5}, "in_flight": 2})
    controls(lambda asked: asked.pause("draft", "test"))
    pools = Pools(slow, engine=PoolSettings(max_actors=2, lag_per_actor=8))
    try:
        until(pools.ready_pid, 60, "a ready actor")
        plan(publisher, 20)
        until(lambda: pools.notes[0].lag == 20, 60, "the lag to be known")
        looks = iter(range(30))
        until(lambda: pools.notes[0].wanted != 1 or next(looks, None) is None, 30, "thirty looks")
        assert pools.notes[0].wanted == 1
        controls(lambda asked: asked.resume("draft", "test"))
        until(lambda: len(pools.members()) == 2, 90, "two actors")
    finally:
        pools.close()


def test_an_actor_that_leaves_finishes_what_it_has(worker: WorkerSettings, publisher: Publisher) -> None:
    slow = worker.model_copy(update={"engine_settings": {"latency_s": 3.0}})
    pools = Pools(slow, engine=PoolSettings())
    try:
        until(pools.ready_pid, 60, "a ready actor")
        plan(publisher, 6)
        until(lambda: sum(one.report.in_flight["draft"] for one in pools.members() if one.report) == 6, 60, "6 in hand")
    finally:
        pools.close()
    assert results(worker.mongodb, worker.database) == 6


def test_an_actor_that_still_loads_is_not_waited_for(worker: WorkerSettings) -> None:
    pools = Pools(worker, engine=PoolSettings())
    until(lambda: pools.members("starting"), 60, "a starting actor")
    began = time.monotonic()
    pools.close()
    assert time.monotonic() - began < 5


def test_each_pool_serves_its_stages_with_actors_of_its_own(worker: WorkerSettings, publisher: Publisher) -> None:
    pools = Pools(
        worker, first=PoolSettings(stages=("read", "draft")), second=PoolSettings(stages=("revise",), cpus=0.25)
    )
    try:
        until(lambda: pools.sizes() == {"first": 1, "second": 1}, 90, "an actor of each")
        plan(publisher, 12)
        until(lambda: results(worker.mongodb, worker.database) == 24, 60, "24 stage results")

        def settled() -> dict[str, dict[str, int]]:
            return {one.pool: one.report.settled for one in pools.members() if one.report}

        until(lambda: settled()["second"] == {"revise": 12}, 30, "the second pool to have revised all")
        assert settled()["first"] == {"read": 0, "draft": 12}
    finally:
        pools.close()


@pytest.mark.long
def test_two_actors_share_the_partitions_and_one_that_is_killed_does_not_stop_the_other(
    worker: WorkerSettings, publisher: Publisher
) -> None:
    pools = Pools(worker, engine=PoolSettings(min_actors=2, max_actors=2))
    try:
        until(lambda: len(pools.members()) == 2, 90, "two actors")
        killed, lives = (one.pid for one in pools.members())
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        plan(publisher, 16)
        until(lambda: results(worker.mongodb, worker.database) == 32, 90, "32 stage results")
        assert lives is not None
        assert psutil.pid_exists(lives)
    finally:
        pools.close()
