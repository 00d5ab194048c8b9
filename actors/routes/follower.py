"""An engine's side of the route: it loads and tests what is wanted, says so, and answers with what is live."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from actors.adapters import fetch_adapter
from actors.engines import Engine, EngineNotUsable
from actors.engines.errors import SelfTestFailed
from actors.gate import Gate
from actors.routes.routes import ENDED, Acknowledged, Flip, Route, Routes, Turn
from streams.blobs import BlobStore
from streams.dependencies import as_dependency_down
from streams.model_payloads import AdapterRef, ModelPromoted

log = logging.getLogger(__name__)

LOOK_EVERY = 0.5
_UNFIT = (EngineNotUsable, SelfTestFailed)
"""What an adapter is to blame for."""


class RouteRefused(Exception):
    """The live adapter cannot be served here: this engine may take no records."""


class Follower:
    """Follows the route with one engine."""

    def __init__(self, routes: Routes, blobs: BlobStore, engine: Engine, actor: str, gate: Gate | None = None) -> None:
        """`actor` is the id by which the pools' manager knows the engine, `gate` the way into it."""
        self._routes = routes
        self._blobs = blobs
        self._engine = engine
        self._actor = actor
        self._gate = gate or Gate()
        self._live = 0
        self._tried = 0
        self._tested: set[str] = set()

    async def begin(self, stop: asyncio.Event) -> None:
        """Answer with what is live, before any record is taken; waits for the store, or until `stop`.

        Raises:
            RouteRefused: the engine cannot.
            EngineDead: it died of it.
        """

        async def once() -> bool:
            route = await self._routes.look()
            if route.live is not None:
                await self._use(route.live)
            return True

        await self._again(once, stop)

    async def keep(self, stop: asyncio.Event) -> None:
        """Follow until `stop`. Raises what `begin` raises."""

        async def once() -> bool:
            await self._follow(await self._routes.look())
            return False

        await self._again(once, stop)

    async def _again(self, once: Callable[[], Awaitable[bool]], stop: asyncio.Event) -> None:
        """Do something until it is done or `stop`, however often store, blobs or a server elsewhere are away."""
        while not stop.is_set():
            try:
                if await once():
                    return
            except Exception as error:
                down = as_dependency_down(error)
                if down is None:
                    raise
                log.info("route: %s", down)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK_EVERY)

    async def _follow(self, route: Route) -> None:
        if route.live is not None and route.live.seq > self._live:
            await self._use(route.live)
        if route.ahead is not None and route.ahead.seq > self._tried:
            await self._try(route.ahead)

    async def _try(self, wanted: ModelPromoted) -> None:
        """Load and test what is wanted, and say what came of it: once, and after another engine survived it."""
        turn = await self._routes.turn(wanted.seq, self._actor)
        if turn is Turn.WAIT:
            return
        if turn is Turn.LEAVE:
            why = f"{ENDED} engines ended while they tried it: it is not tried again"
            await self._routes.acknowledge(wanted.seq, self._actor, Acknowledged.FAILED, why)
            self._tried = wanted.seq
            return
        try:
            name = await self._load(wanted.adapter)
        except _UNFIT as error:
            log.warning("promotion %d: %s", wanted.seq, error)
            await self._routes.acknowledge(wanted.seq, self._actor, Acknowledged.FAILED, str(error)[:500])
        else:
            log.info("promotion %d: %s is loaded and tested", wanted.seq, name or "the bare model")
            await self._routes.acknowledge(wanted.seq, self._actor, Acknowledged.LOADED)
        self._tried = wanted.seq

    async def _use(self, live: Flip) -> None:
        """Answer with the live adapter from now on."""
        try:
            name = await self._load(live.adapter)
            await self._engine.use(name)
        except _UNFIT as error:
            raise RouteRefused(f"the live adapter {live.name or 'of zeros'} cannot be served here: {error}") from error
        self._live = live.seq
        log.info("answers with %s", name or "the bare model")

    async def _load(self, ref: AdapterRef | None) -> str:
        """Have the engine load an adapter and answer its self-test with it; returns its name in the engine."""
        name = await self._engine.load(await fetch_adapter(self._blobs, ref) if ref else None)
        if name not in self._tested:
            async with self._gate.shared():  # an item that runs alone must not be blamed for an adapter
                await self._engine.self_test(name)
            self._tested.add(name)
        return name
