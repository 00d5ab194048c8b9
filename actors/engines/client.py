"""What engines share that compute elsewhere: another process, other machines.

Such an engine is a client that belongs to one event loop, while callers come from many; so it has a loop in a thread.
All its requests live there. Its death, noticed at one request, ends the others at once.
"""

from __future__ import annotations

import abc
import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from actors.engines.adapters import Adapter
from actors.engines.base import Engine, EngineProgress
from actors.engines.errors import EngineDead, EngineNotUsable
from actors.engines.loop_thread import LoopThread
from actors.engines.meter import Flight, Meter
from actors.engines.self_test import ask
from generation.requests import Candidate

CLOSED = "the engine was closed"
Writer = Callable[[Flight], Coroutine[Any, Any, Candidate]]
"""Makes one candidate of a request."""


class ClientEngine(Engine, abc.ABC):
    """Base of such engines; a subclass loads its client on `self._thread` and lets `_write` run its writers."""

    def __init__(self) -> None:
        self._meter = Meter()
        self._dead: str | None = None
        self._thread = LoopThread("engine-client")
        self._requests: set[asyncio.Task[Any]] = set()

    def progress(self) -> EngineProgress:
        """Return what has been done until now; callable from any thread."""
        return self._meter.read()

    async def self_test(self, adapter: str | None = None) -> None:
        """Answer a tiny request; see `Engine.self_test`."""
        if adapter is not None:
            raise EngineNotUsable(f"no adapter {adapter or 'of zeros'} is loaded: this engine takes none in")
        await ask(self.generate)

    async def load(self, adapter: Adapter | None) -> str:
        """Raise EngineNotUsable: an engine that takes adapters in has its own."""
        raise EngineNotUsable(f"adapter {adapter.name if adapter else 'of zeros'}: this engine takes none in")

    async def use(self, name: str) -> None:
        """Raise EngineNotUsable: an engine that takes adapters in has its own."""
        raise EngineNotUsable(f"no adapter {name or 'of zeros'} is loaded: this engine takes none in")

    async def close(self) -> None:
        """Fail what is pending, end the client and its thread."""
        await asyncio.to_thread(self._shut)

    @abc.abstractmethod
    async def _end_client(self) -> None:
        """Give back what the client holds; runs on its loop, once."""

    async def _write(self, writers: Sequence[Writer]) -> tuple[Candidate, ...]:
        """Make all candidates of a request; the first that fails takes the others with it. Called from any loop."""
        self._check_alive()
        return await self._thread.call(self._run(writers))

    async def _run(self, writers: Sequence[Writer]) -> tuple[Candidate, ...]:
        request = asyncio.current_task()
        assert request is not None
        self._requests.add(request)
        flight = Flight(self._meter)
        tasks = [asyncio.ensure_future(writer(flight)) for writer in writers]
        try:
            self._check_alive()
            return tuple(await asyncio.gather(*tasks))
        except asyncio.CancelledError:
            self._check_alive()
            raise
        finally:
            self._requests.discard(request)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            flight.left()

    def _check_alive(self) -> None:
        if self._dead is not None:
            raise EngineDead(self._dead)

    def _die(self, detail: str) -> EngineDead:
        """Fail every request with the error that is returned; called on the client's loop."""
        self._dead = self._dead or detail
        for request in self._requests - {asyncio.current_task()}:
            request.cancel()
        return EngineDead(self._dead)

    def _shut(self) -> None:
        if self._thread.alive:
            self._thread.run(self._end())
            self._thread.stop()

    async def _end(self) -> None:
        self._die(CLOSED)
        await asyncio.gather(*self._requests, return_exceptions=True)
        await self._end_client()
