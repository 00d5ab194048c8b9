"""What tests of the event backbone share: a broker, a publisher, dead letters, and a stage made of a function."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, ClassVar

import pytest
from pymongo import AsyncMongoClient

from streams.broker import Broker
from streams.deadletters import DeadLetters
from streams.delivery import Delivery
from streams.events import Event
from streams.loop import Loop
from streams.outcomes import Outcome
from streams.publisher import Publisher

Handle = Callable[[Delivery], Awaitable[Outcome]]


class FunctionStage:
    """A stage whose handler is one function a record."""

    group: ClassVar[str] = "draft"
    topics: ClassVar[tuple[str, ...]] = ("planned",)

    def __init__(self, handle: Handle, *, in_flight: int = 16, batch: int = 1, calls: int = 16) -> None:
        self._one = handle
        self.in_flight = in_flight
        self.batch = batch
        self.calls = calls
        self.batches: list[int] = []

    async def handle(self, deliveries: Sequence[Delivery]) -> AsyncIterator[tuple[Delivery, Outcome]]:
        """Give each record to the function."""
        self.batches.append(len(deliveries))
        for one in deliveries:
            yield one, await self._one(one)


def event(topic: str, number: int, value: bytes = b"{}") -> Event:
    """Return a small event with a key of its own."""
    name = f"item-{number}"
    return Event(topic, name, f"event-{number}", "org.spinestream.test.told.v1", "/test", name, "", "test", value)


async def until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Return when the condition holds; fails after a while."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        await asyncio.sleep(0.02)


class Bench:
    """Runs loops of one test and gives them what they need."""

    def __init__(self, broker: Broker, publisher: Publisher, mongodb_url: str, database: str) -> None:
        self.broker = broker
        self.publisher = publisher
        self.client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(mongodb_url, w="majority", journal=True)
        self.database = self.client[database]
        self.letters = DeadLetters(self.database)
        self._tasks: list[tuple[asyncio.Task[None], asyncio.Event]] = []

    def start(self, stage: Any) -> Loop:
        """Run a stage until `stop`."""
        loop, stop = Loop(self.broker, self.publisher, stage, self.letters), asyncio.Event()
        self._tasks.append((asyncio.create_task(loop.run(stop, drain_seconds=5)), stop))
        return loop

    async def stop(self) -> None:
        """Stop every loop cleanly."""
        for _, stop in self._tasks:
            stop.set()
        results = await asyncio.gather(*(task for task, _ in self._tasks), return_exceptions=True)
        self._tasks.clear()
        failures = [one for one in results if isinstance(one, BaseException)]
        if failures:
            raise failures[0]

    async def close(self) -> None:
        """Stop and disconnect."""
        try:
            await self.stop()
        finally:
            await self.client.close()


@pytest.fixture
def on_bench(
    broker: Broker, publisher: Publisher, mongodb_url: str, mongo_db: str
) -> Callable[[Callable[[Bench], Awaitable[None]]], None]:
    """Run an async test with a bench."""

    def run(test: Callable[[Bench], Awaitable[None]]) -> None:
        async def go() -> None:
            bench = Bench(broker, publisher, mongodb_url, mongo_db)
            await bench.letters.prepare()
            try:
                await test(bench)
            finally:
                await bench.close()

        asyncio.run(go())

    return run
