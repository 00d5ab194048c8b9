"""Runs one role, or several light ones in one process, until SIGTERM."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import os
import signal
import time
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
from spinestream.telemetry.logs import log_to_stderr
from spinestream.telemetry.setup import Shown, shown
from spinestream.wiring import Parts, connected
from spinestream.workdir import Workdir
from streams.cpu import stage_milliseconds
from streams.garbage import look_less_often

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
    label = "+".join(names)
    log_to_stderr(label, json_lines=settings.telemetry.json_logs)
    end_with_supervisor()
    if "pools" in names:
        if len(names) > 1:
            raise UsageError("the pools role has a process of its own: name it alone")
        serve_pools(workdir, settings, addresses)
        return
    with shown(settings.telemetry, label, workdir) as telemetry:
        try:
            asyncio.run(_serve_light(names, workdir, settings, addresses, telemetry))
        except BaseExceptionGroup as group:
            # What ended it first is what people are told, in its words and with its exit code.
            raise _first(group) from None


def _first(error: BaseException) -> BaseException:
    return _first(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error


async def _serve_light(
    names: Sequence[str], workdir: Workdir, settings: Settings, addresses: Addresses, telemetry: Shown
) -> None:
    stop, began = asyncio.Event(), time.time()
    loop = asyncio.get_running_loop()

    def leave() -> None:
        telemetry.health.leave()
        stop.set()

    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, leave)
    async with connected(workdir, settings, addresses) as parts, asyncio.TaskGroup() as group:
        for name in names:
            group.create_task(_named(LIGHT_ROLES[name], parts, settings, stop), name=name)
        look_less_often()
        workdir.ready_file("+".join(names)).write_text(str(os.getpid()))
        telemetry.health.serves(functools.partial(_serve_now, names, workdir, began))
        group.create_task(_beat(workdir.cpu_file("+".join(names)), stop, telemetry), name="beat")


def _serve_now(names: Sequence[str], workdir: Workdir, began: float) -> bool:
    """Whether those of the roles that others connect to have said since `began` that they listen; the rest serve once
    they run. A process id would not do: in a container it is the same at every start."""
    notes = {"web": workdir.web_file, "gateway": workdir.gateway_file}
    return all(_written(notes[name]) >= began for name in names if name in notes)


def _written(note: Path) -> float:
    """Return when a file was written (seconds since the epoch), 0 where there is none."""
    try:
        return note.stat().st_mtime
    except FileNotFoundError:
        return 0.0


async def _beat(place: Path, stop: asyncio.Event, telemetry: Shown) -> None:
    """Show about once a second that the loop comes round, and write down the CPU time of each stage (ms), for who
    measures."""
    while not stop.is_set():
        telemetry.health.beat()
        part = place.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps(stage_milliseconds()))
        part.replace(place)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 1.0)


async def _named(serve: Serve, parts: Parts, settings: Settings, stop: asyncio.Event) -> None:
    await serve(parts, settings, stop)
