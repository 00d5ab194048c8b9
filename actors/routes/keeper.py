"""Flips the route once enough engines have loaded what is wanted: on a thread beside the pools' manager, who knows
which engines there are and may wait for nothing."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Collection, Mapping, Sequence

from actors.pools.notes import PoolNote
from actors.pools.settings import PoolSettings
from actors.routes.quorum import Voter, quorum
from actors.routes.routes import Routes
from streams.dependencies import as_dependency_down
from streams.servers import mongo_client

log = logging.getLogger(__name__)

LOOK_EVERY = 0.5
SAYING = ("draft", "revise")
"""Stages whose pools have a say."""


class RouteKeeper:
    """Looks again and again. A context manager."""

    def __init__(self, mongodb: str, database: str, pools: Mapping[str, PoolSettings]) -> None:
        self._mongodb = mongodb
        self._database = database
        self._saying = {
            name for name, pool in pools.items() if pool.follow_route and any(one in SAYING for one in pool.stages)
        }
        self._voters: tuple[Voter, ...] = ()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._keep()), name="route", daemon=True)

    def __enter__(self) -> RouteKeeper:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(10)

    def see(self, notes: Sequence[PoolNote]) -> None:
        """Take in which engines there are; from any thread."""
        self._voters = voters(notes, self._saying)

    async def _keep(self) -> None:
        while not self._stop.is_set():
            try:
                async with mongo_client(self._mongodb) as mongo:
                    await self._keep_with(Routes(mongo[self._database]))
            except Exception as error:  # noqa: BLE001 - a thread that ended in silence would freeze the route
                log.warning("route: no client (%s)", as_dependency_down(error) or type(error).__name__)
                await asyncio.sleep(LOOK_EVERY)

    async def _keep_with(self, routes: Routes) -> None:
        while not self._stop.is_set():
            try:
                await keep_once(routes, self._voters)
            except Exception as error:  # noqa: BLE001 - as above
                down = as_dependency_down(error)
                log.log(logging.INFO if down else logging.WARNING, "route: %s", down or repr(error))
            await asyncio.sleep(LOOK_EVERY)


def voters(notes: Sequence[PoolNote], saying: Collection[str]) -> tuple[Voter, ...]:
    """Return the engines that take records now, of the pools named."""
    return tuple(Voter(one.id, note.name) for note in notes if note.name in saying for one in note.members if one.ready)


async def keep_once(routes: Routes, those: Collection[Voter]) -> bool:
    """Flip the route where what is wanted has its quorum; returns whether it did."""
    wanted = (await routes.look()).ahead
    if wanted is None:
        return False
    count = quorum(those, await routes.acknowledged(wanted.seq))
    if count is None or not await routes.flip(wanted, count.acknowledged, count.of):
        return False
    name = wanted.adapter.name if wanted.adapter else "the bare model"
    log.info("the route flips to %s: %d of %d engines have it", name, count.acknowledged, count.of)
    return True
