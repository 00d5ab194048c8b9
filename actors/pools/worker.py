"""One engine with its stages: what runs inside an actor, without a word of Ray."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
import uuid
from collections.abc import Coroutine, Sequence
from typing import Any

import redis.asyncio
from pymongo.asynchronous.database import AsyncDatabase

from actors.budget import Budget
from actors.claims import Claims
from actors.compute import ComputeLease, ComputePauses
from actors.engines import Engine, open_engine
from actors.engines.errors import ServersAway
from actors.pools.notes import WorkerReport
from actors.pools.settings import WorkerSettings
from actors.results import StageResults
from actors.routes import Routes
from actors.routes.follower import Follower, RouteRefused
from actors.stages import STAGES, StageParts
from actors.usage import Usage
from streams.blobs import BlobStore
from streams.broker import Broker
from streams.controls import Controls, Pauses, follow, keep_following
from streams.cpu import stage_milliseconds
from streams.deadletters import DeadLetters
from streams.garbage import look_less_often
from streams.loop import Loop
from streams.publisher import Publisher
from streams.servers import mongo_client, redis_client
from streams.sources import Sources

log = logging.getLogger(__name__)

DRAIN_SECONDS = 10.0
FOR_EVER = 7 * 86_400.0
AWAY_SECONDS = 2.0
"""Seconds between two looks for servers elsewhere."""
SERVERS = "engine servers"
"""What a worker waits for that cannot have its engine yet."""


class Worker:
    """Loads an engine, proves it with its self-test, and only then joins the consumer groups of its stages."""

    def __init__(self, settings: WorkerSettings) -> None:
        self._settings = settings
        self._engine: Engine | None = None
        self._loops: dict[str, Loop] = {}
        self._stop: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop_asked = threading.Event()
        self._drain_seconds = DRAIN_SECONDS
        self._compute: ComputePauses | None = None
        self._refused: RouteRefused | None = None
        self._away = False

    async def run(self) -> None:
        """Work until `stop`; raises StageFailed or EngineDead when the engine is gone, RouteRefused when it cannot
        serve the live adapter."""
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        if self._stop_asked.is_set():
            return
        engine = await self._opened(self._stop)
        if engine is None:
            return
        try:
            await engine.self_test()
            look_less_often()
            self._engine = engine
            await self._serve(engine)
        finally:
            await engine.close()

    async def _opened(self, stop: asyncio.Event) -> Engine | None:
        """Return the engine, once it can be had: servers elsewhere are waited for. None where it is to stop before."""
        while True:
            try:
                engine = await asyncio.to_thread(open_engine, self._settings.engine, self._settings.engine_settings)
            except ServersAway as away:
                if not self._away:
                    log.warning("%s: waiting for them", away)
                self._away = True
            else:
                self._away = False
                return engine
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), AWAY_SECONDS)
                return None

    async def _serve(self, engine: Engine) -> None:
        settings = self._settings
        broker = Broker(settings.broker)
        publisher = Publisher(broker)
        mongo = mongo_client(settings.mongodb)
        cache = redis_client(settings.redis)
        try:
            database = mongo[settings.database]
            letters = DeadLetters(database)
            blobs = BlobStore(settings.blobs, settings.s3)
            actor = settings.actor or uuid.uuid4().hex
            parts = self._parts(engine, database, blobs, cache, actor)
            assert self._stop is not None
            route = Follower(Routes(database), blobs, engine, actor, parts.gate) if settings.follow_route else None
            if route is not None:
                await route.begin(self._stop)
            self._loops = {name: Loop(broker, publisher, STAGES[name](parts), letters) for name in settings.stages}
            pauses = self._pauses(Budget(Controls(database), parts.usage).pauses, cache, actor, engine)
            await follow(pauses, self._loops)
            following = [keep_following(pauses, self._loops, self._stop)]
            if route is not None:
                following.append(self._keep_route(route, self._stop))
            await self._work(parts.claims, following)
        finally:
            await asyncio.to_thread(publisher.close)
            await asyncio.to_thread(broker.close)
            await cache.aclose()
            await mongo.close()

    def _parts(
        self,
        engine: Engine,
        database: AsyncDatabase[dict[str, Any]],
        blobs: BlobStore,
        cache: redis.asyncio.Redis,
        actor: str,
    ) -> StageParts:
        settings = self._settings
        return StageParts(
            engine=engine,
            results=StageResults(database),
            sources=Sources(database, blobs),
            blobs=blobs,
            usage=Usage(cache),
            claims=Claims(cache, actor),
            settings=settings.generation,
            in_flight=settings.in_flight,
            vocabulary=settings.reading.chosen,
        )

    def _pauses(self, asked: Pauses, cache: redis.asyncio.Redis, actor: str, engine: Engine) -> Pauses:
        """Return what pauses the stages; the compute lease among it where this engine takes part in it."""
        share = self._settings.share_compute
        if not (engine.card.on_cpu if share is None else share):
            return asked
        self._compute = ComputePauses(asked, ComputeLease(cache, f"engine {actor[:8]}"), self._settings.stages)
        return self._compute

    async def _keep_route(self, route: Follower, stop: asyncio.Event) -> None:
        """Follow the route; an engine that cannot serve the live adapter finishes what runs and ends."""
        try:
            await route.keep(stop)
        except RouteRefused as refused:
            log.error("%s", refused)
            self._refused = refused
            stop.set()

    async def _work(self, claims: Claims, following: Sequence[Coroutine[Any, Any, None]]) -> None:
        """Run every loop until the stop, then let what runs finish for as long as the stop allows."""
        assert self._stop is not None
        try:
            async with asyncio.TaskGroup() as group:
                living = group.create_task(claims.live())
                for each in following:
                    group.create_task(each)
                loops = [group.create_task(one.run(self._stop, FOR_EVER)) for one in self._loops.values()]
                await self._stop.wait()
                _, late = await asyncio.wait(loops, timeout=self._drain_seconds)
                for one in late:
                    one.cancel()
                await asyncio.wait(loops)
                living.cancel()
        except BaseExceptionGroup as group_of:
            await claims.outlive()
            # What ended it first is what its manager is to be told.
            raise group_of.exceptions[0] from None
        await claims.leave()
        if self._refused is not None:
            raise self._refused

    def stop(self, drain_seconds: float = DRAIN_SECONDS) -> None:
        """Ask to finish what runs, for at most so long, and leave; from any thread."""
        self._drain_seconds = drain_seconds
        self._stop_asked.set()
        if self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)

    def report(self) -> WorkerReport:
        """Tell how it goes; from any thread."""
        progress = self._engine.progress() if self._engine else None
        return WorkerReport(
            at=time.monotonic(),
            ready=self._engine is not None and bool(self._loops) and self._refused is None,
            tokens=progress.tokens if progress else 0,
            silent_seconds=progress.silent_for(time.monotonic()) if progress else 0.0,
            in_flight={name: loop.running for name, loop in self._loops.items()},
            settled={name: loop.counts.done + loop.counts.dead for name, loop in self._loops.items()},
            waiting_for=SERVERS
            if self._away
            else next((x.counts.waiting_for for x in self._loops.values() if x.counts.waiting_for), None),
            sequence_seconds=progress.sequence_seconds if progress else 0.0,
            cpu_ms=stage_milliseconds(),
            adapter=self._engine.card.adapter or "" if self._engine else "",
            paused={name: loop.counts.paused for name, loop in self._loops.items() if loop.counts.paused is not None},
            computes=self._compute.holder if self._compute else "",
        )
