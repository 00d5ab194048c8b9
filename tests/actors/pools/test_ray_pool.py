"""The pool on a real Ray with the scripted engine: work gets done, a dead or silent actor is replaced."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import AsyncMongoClient

from actors.pools.ray_pool import PoolFailed, RayPool, start_ray
from actors.pools.settings import PoolSettings, WorkerSettings
from generation.tasks import small_model_profile
from streams import topics
from streams.broker import Broker
from streams.payloads import ItemPlanned
from streams.publisher import Publisher
from tests.prove.planted import planted_good


@pytest.fixture(scope="module", autouse=True)
def ray_here() -> Iterator[None]:
    """One Ray for this file."""
    start_ray("")
    yield
    import ray

    ray.shutdown()


class Pool:
    """A pool served on a thread, as the pools role does."""

    def __init__(self, pool: PoolSettings, worker: WorkerSettings) -> None:
        self.members: list[dict[str, Any]] = []
        self.error: BaseException | None = None
        self._stop = threading.Event()
        self._pool = RayPool(pool, worker, self._note)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _note(self, members: list[dict[str, Any]]) -> None:
        self.members = members

    def _serve(self) -> None:
        try:
            self._pool.serve(self._stop)
        except PoolFailed as failed:
            self.error = failed

    def ready_pid(self) -> int | None:
        """Process id of a ready actor."""
        return next((one["pid"] for one in self.members if one["ready"]), None)

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
    """A worker with the scripted engine on the session's servers."""
    return WorkerSettings(
        broker=broker.settings,
        mongodb=mongodb_url,
        database=mongo_db,
        redis=redis_url,
        blobs=str(tmp_path / "blobs"),
        engine="scripted",
        engine_settings={"latency_s": 0.05},
        generation=small_model_profile(),
        stages=("draft", "revise"),
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
    pool = Pool(PoolSettings(), worker)
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
    pool = Pool(PoolSettings(stall_seconds=2.0), silent)
    try:
        first = until(pool.ready_pid, 60, "a ready actor")
        plan(publisher, 2)
        until(lambda: pool.ready_pid() not in (None, first), 90, "the silent actor to be replaced")
    finally:
        pool.close()


def test_a_pool_whose_engine_cannot_be_opened_gives_up_with_the_reason(worker: WorkerSettings) -> None:
    broken = worker.model_copy(update={"engine_settings": {"latency_s": -1}})
    pool = Pool(PoolSettings(), broken)
    until(lambda: pool.error is not None, 90, "the pool to give up")
    assert "latency_s" in str(pool.error)
