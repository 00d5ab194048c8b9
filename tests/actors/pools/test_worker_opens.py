"""A worker whose engine's servers are away waits for them, and is not taken for one that fails."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from actors.engines.errors import EngineNotUsable, ServersAway
from actors.pools import worker as module
from actors.pools.settings import WorkerSettings
from actors.pools.worker import SERVERS, Worker
from streams.broker import BrokerSettings


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Worker:
    monkeypatch.setattr(module, "AWAY_SECONDS", 0.01)
    settings = WorkerSettings.model_construct(
        broker=BrokerSettings.model_construct(), engine="openai", engine_settings={}, stages=("draft",), in_flight=1
    )
    return Worker(settings)


def test_it_waits_until_one_answers_and_says_so(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str | None] = []

    def open_engine(*_: Any) -> str:
        said.append(worker.report().waiting_for)
        if len(said) < 4:
            raise ServersAway("no server answers: http://gpu-1:8000/v1 (ConnectError)")
        return "the engine"

    monkeypatch.setattr(module, "open_engine", open_engine)
    opened: Any = asyncio.run(worker._opened(asyncio.Event()))
    assert opened == "the engine"
    assert said == [None, SERVERS, SERVERS, SERVERS]
    assert worker.report().waiting_for is None


def test_asked_to_stop_it_waits_no_longer(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    def open_engine(*_: Any) -> None:
        raise ServersAway("no server answers")

    async def work() -> None:
        stop = asyncio.Event()
        opening = asyncio.create_task(worker._opened(stop))
        await asyncio.sleep(0.05)
        assert not opening.done()
        stop.set()
        assert await asyncio.wait_for(opening, 10) is None

    monkeypatch.setattr(module, "open_engine", open_engine)
    asyncio.run(work())


def test_what_is_wrong_for_good_is_not_waited_for(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    def open_engine(*_: Any) -> None:
        raise EngineNotUsable("http://gpu-1:8000/v1 serves another model")

    monkeypatch.setattr(module, "open_engine", open_engine)
    began = time.monotonic()
    with pytest.raises(EngineNotUsable):
        asyncio.run(worker._opened(asyncio.Event()))
    assert time.monotonic() - began < 10
