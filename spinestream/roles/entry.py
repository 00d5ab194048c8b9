"""Runs one role, or several light ones in one process, until SIGTERM."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from spinestream.embedded import Addresses
from spinestream.errors import UsageError
from spinestream.roles.gateway import serve_gateway
from spinestream.roles.intake import serve_intake
from spinestream.roles.orphans import end_with_supervisor
from spinestream.roles.pools import serve_pools
from spinestream.roles.scorer import serve_scorer
from spinestream.roles.store import serve_store
from spinestream.roles.trainer import serve_trainer
from spinestream.roles.trends import serve_trends
from spinestream.roles.web import serve_web
from spinestream.settings import Settings
from spinestream.wiring import Parts, connected
from spinestream.workdir import Workdir
from streams.cpu import stage_milliseconds

Serve = Callable[[Parts, Settings, asyncio.Event], Awaitable[None]]

LIGHT_ROLES: Mapping[str, Serve] = {
    "intake": serve_intake,
    "store": serve_store,
    "web": serve_web,
    "gateway": serve_gateway,
    "trends": serve_trends,
    "scorer": serve_scorer,
    "trainer": serve_trainer,
}
"""Roles that may share a process."""
ROLES = (*LIGHT_ROLES, "pools")
WORK_ROLES = ("intake", "store", "pools")
"""Those that a `run` needs: what comes in goes through them to the review queue."""
APART = ("web", "gateway", "trends", "scorer", "trainer")
"""Light roles with a process of their own all the same: a page must answer while a document is read, the gateway alone
holds originals in its memory, Faust has threads of its own, and a trainer computes for minutes."""


def default_roles(settings: Settings) -> tuple[str, ...]:
    """Return the roles of an `up` that names none: the gateway is among them where it has a way in."""
    return tuple(name for name in ROLES if name != "gateway" or settings.gateway.open)


def run_roles(names: Sequence[str], workdir: Workdir, settings: Settings, addresses: Addresses) -> None:
    """Serve the roles named; returns after SIGTERM or SIGINT once they have left cleanly."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    end_with_supervisor()
    if "pools" in names:
        if len(names) > 1:
            raise UsageError("the pools role has a process of its own: name it alone")
        serve_pools(workdir, settings, addresses)
        return
    asyncio.run(_serve_light(names, workdir, settings, addresses))


async def _serve_light(names: Sequence[str], workdir: Workdir, settings: Settings, addresses: Addresses) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, stop.set)
    async with connected(workdir, settings, addresses) as parts, asyncio.TaskGroup() as group:
        for name in names:
            group.create_task(_named(LIGHT_ROLES[name], parts, settings, stop), name=name)
        workdir.ready_file("+".join(names)).write_text(str(os.getpid()))
        group.create_task(_tell_cpu(workdir.cpu_file("+".join(names)), stop), name="cpu")


async def _tell_cpu(place: Path, stop: asyncio.Event) -> None:
    """Write down the CPU time of each stage (ms), about once a second, for who measures."""
    while not stop.is_set():
        part = place.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps(stage_milliseconds()))
        part.replace(place)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 1.0)


async def _named(serve: Serve, parts: Parts, settings: Settings, stop: asyncio.Event) -> None:
    await serve(parts, settings, stop)
