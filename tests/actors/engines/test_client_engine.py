"""What engines share that compute elsewhere, with a client that is nothing but coroutines."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from engine_contract import make, until

from actors.engines.base import NO_IMAGES, EngineCard
from actors.engines.client import ClientEngine
from actors.engines.errors import EngineDead, RequestFailed
from actors.engines.loop_thread import LoopThread
from actors.engines.meter import Flight
from generation.requests import Candidate, ModelAnswer, ModelRequest

Work = Callable[["Client", Flight], Any]


class Client(ClientEngine):
    def __init__(self, work: Work) -> None:
        super().__init__()
        self.work = work
        self.ended = 0

    @property
    def card(self) -> EngineCard:
        return EngineCard("test 1", "test", "0" * 64, None, 100, 4, reads_images=False)

    async def generate(self, request: ModelRequest, images: Any = NO_IMAGES) -> ModelAnswer:
        made = await self._write([self._one] * request.candidates)
        return ModelAnswer(candidates=made, prompt_tokens=1, model="test", model_digest="0", engine="test 1")

    async def _one(self, flight: Flight) -> Candidate:
        await self.work(self, flight)
        return Candidate(text="{}", finish="stop", output_tokens=1)

    async def _end_client(self) -> None:
        self.ended += 1


async def forever(client: Client, flight: Flight) -> None:
    await asyncio.Event().wait()


def idle(client: Client) -> bool:
    progress = client.progress()
    return (progress.waiting, progress.running, progress.busy_since) == (0, 0, None)


def test_callers_may_come_from_many_loops() -> None:
    async def work(client: Client, flight: Flight) -> None:
        assert threading.current_thread().name == "engine-client"
        flight.made(1)

    client = Client(work)
    threads = [threading.Thread(target=lambda: asyncio.run(client.generate(make("x", candidates=2)))) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert client.progress().tokens == 10
    assert idle(client)
    asyncio.run(client.close())


def test_the_first_candidate_that_fails_takes_the_others_with_it() -> None:
    ended: list[str] = []

    async def work(client: Client, flight: Flight) -> None:
        if flight.meter.read().tokens == 0:
            flight.made(1)
            raise RequestFailed("bad-schema", "x")
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    client = Client(work)
    with pytest.raises(RequestFailed):
        asyncio.run(client.generate(make("x", candidates=3)))
    assert ended == ["cancelled"] * 2
    assert idle(client)
    asyncio.run(client.close())


def test_a_death_at_one_request_is_the_death_of_all() -> None:
    async def work(client: Client, flight: Flight) -> None:
        if client.progress().waiting == 5:
            raise client._die("it is gone")
        await asyncio.Event().wait()

    client = Client(work)

    async def ask() -> None:
        outcomes = await asyncio.gather(*(client.generate(make(f"x{i}")) for i in range(5)), return_exceptions=True)
        assert {str(outcome) for outcome in outcomes} == {"it is gone"}
        assert {type(outcome) for outcome in outcomes} == {EngineDead}
        with pytest.raises(EngineDead, match="it is gone"):
            await client.generate(make("late"))
        await client.close()
        await client.close()

    asyncio.run(ask())
    assert client.ended == 1
    assert idle(client)


def test_a_caller_that_goes_away_leaves_nothing_behind() -> None:
    client = Client(forever)

    async def ask() -> None:
        call = asyncio.create_task(client.generate(make("x", candidates=2)))
        await until(lambda: client.progress().waiting == 1, within_s=10)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await until(lambda: idle(client), within_s=10)
        at_once = asyncio.create_task(client.generate(make("y")))
        await asyncio.sleep(0)
        at_once.cancel()
        await asyncio.gather(at_once, return_exceptions=True)
        await until(lambda: idle(client), within_s=10)
        await client.close()

    asyncio.run(ask())


def test_a_loop_that_is_stopped_ends_what_runs_and_its_thread() -> None:
    loop = LoopThread("mine")

    async def ask() -> None:
        call = asyncio.create_task(loop.call(asyncio.Event().wait()))
        await asyncio.sleep(0.05)
        await asyncio.to_thread(loop.stop)
        with pytest.raises(asyncio.CancelledError):
            await call

    asyncio.run(ask())
    loop.stop()
    assert not loop.alive
    assert "mine" not in {thread.name for thread in threading.enumerate()}
