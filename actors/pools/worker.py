"""One engine with its stages: what runs inside an actor, without a word of Ray."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from dataclasses import dataclass

import redis.asyncio
from pymongo import AsyncMongoClient

from actors.engines import Engine, open_engine
from actors.pools.settings import WorkerSettings
from actors.results import StageResults
from actors.stages import STAGES, StageParts
from actors.usage import Usage
from streams.blobs import BlobStore
from streams.broker import Broker
from streams.deadletters import DeadLetters
from streams.loop import Loop
from streams.publisher import Publisher
from streams.sources import Sources

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WorkerReport:
    """What a worker says of itself when asked."""

    ready: bool
    tokens: int
    silent_seconds: float
    """How long an engine that has work has made no token."""
    in_flight: dict[str, int]
    """Records in hand, by stage."""
    waiting_for: str | None


class Worker:
    """Loads an engine, proves it with its self-test, and only then joins the consumer groups of its stages."""

    def __init__(self, settings: WorkerSettings) -> None:
        self._settings = settings
        self._engine: Engine | None = None
        self._loops: dict[str, Loop] = {}
        self._stop: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop_asked = threading.Event()

    async def run(self) -> None:
        """Work until `stop`; raises StageFailed or EngineDead when the engine is gone."""
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        if self._stop_asked.is_set():
            return
        engine = await asyncio.to_thread(open_engine, self._settings.engine, self._settings.engine_settings)
        try:
            await engine.self_test()
            self._engine = engine
            await self._serve(engine)
        finally:
            await engine.close()

    async def _serve(self, engine: Engine) -> None:
        settings = self._settings
        broker = Broker(settings.broker)
        publisher = Publisher(broker)
        mongo: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(settings.mongodb, w="majority", journal=True)
        cache = redis.asyncio.Redis.from_url(settings.redis)
        try:
            database = mongo[settings.database]
            letters = DeadLetters(database)
            parts = StageParts(
                engine=engine,
                results=StageResults(database),
                sources=Sources(database, BlobStore(settings.blobs)),
                usage=Usage(cache),
                settings=settings.generation,
                in_flight=settings.in_flight,
            )
            self._loops = {name: Loop(broker, publisher, STAGES[name](parts), letters) for name in settings.stages}
            assert self._stop is not None
            async with asyncio.TaskGroup() as group:
                for loop in self._loops.values():
                    group.create_task(loop.run(self._stop))
        finally:
            await asyncio.to_thread(publisher.close)
            await cache.aclose()
            await mongo.close()

    def stop(self) -> None:
        """Ask to finish what runs and leave; from any thread."""
        self._stop_asked.set()
        if self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)

    def report(self) -> WorkerReport:
        """Tell how it goes; from any thread."""
        progress = self._engine.progress() if self._engine else None
        return WorkerReport(
            ready=self._engine is not None and bool(self._loops),
            tokens=progress.tokens if progress else 0,
            silent_seconds=progress.silent_for(time.monotonic()) if progress else 0.0,
            in_flight={name: loop.running for name, loop in self._loops.items()},
            waiting_for=next((x.counts.waiting_for for x in self._loops.values() if x.counts.waiting_for), None),
        )
