"""Does the whole of a `run`: servers, sources, roles, waiting, summing up."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from actors.usage import Used
from generation.items import Kind
from generation.sources import Language
from spinestream.embedded import Servers
from spinestream.running.register import Registered, Registrar
from spinestream.running.report import RunReport, Standing, standing
from spinestream.settings import Settings, save
from spinestream.supervisor import Supervisor, role_groups
from spinestream.wiring import Parts, connected
from spinestream.workdir import Workdir
from streams.dependencies import as_dependency_down
from streams.intake.documents import Metadata, find_documents
from streams.payloads import Wanted

log = logging.getLogger(__name__)

LOOK_EVERY = 0.5

Show = Callable[[str, Standing | None, Used], None]
"""Told what goes on: a step's name, where everything stands, what was used so far."""


@dataclass(frozen=True)
class RunRequest:
    """What a run is asked to do."""

    paths: Sequence[Path]
    metadata: Metadata | None = None
    wanted: Sequence[Wanted] = (Wanted(kind=Kind.MCQ, language=Language.EN),)
    deadline_seconds: float | None = None


class Runner:
    """One invocation of `run` on one work folder."""

    def __init__(self, workdir: Workdir, settings: Settings, show: Show) -> None:
        self._workdir = workdir
        self._settings = settings
        self._show = show
        self._stopped = False

    def run(self, request: RunRequest) -> RunReport:
        """Return when each source is planned, refused or dead and every item is settled, or when interrupted."""
        began = time.monotonic()
        candidates, refusals = find_documents(request.paths, request.metadata, self._settings.documents)
        save(self._workdir, self._settings)
        self._show("starting Kafka, MongoDB and Redis", None, Used())
        with Servers(self._workdir.root) as servers:
            work = self._work(servers, request, candidates, refusals, began)
            return asyncio.run(work)

    async def _work(self, servers: Servers, request: RunRequest, candidates, refusals, began) -> RunReport:  # type: ignore[no-untyped-def]
        loop = asyncio.get_running_loop()
        for one in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(one, self._interrupt)
        async with connected(self._workdir, self._settings, servers.addresses) as parts:
            assert parts.broker is not None
            assert parts.usage is not None
            await asyncio.to_thread(parts.broker.ensure_topics)
            await parts.prepare()
            before = await parts.usage.used()
            registrar = Registrar(parts, self._workdir, self._settings, request.wanted)
            told = self._telling("taking in")
            registered = await registrar.register(candidates, refusals, told)
            now = await standing(parts, registered.versions)
            if not now.finished:
                now = await self._process(servers, parts, registered, before, request.deadline_seconds)
            used = (await parts.usage.used()).since(before)
            return RunReport(now, registered.refused, used, time.monotonic() - began)

    def _telling(self, step: str) -> Callable[[str], None]:
        return lambda name: self._show(f"{step} {name}", None, Used())

    async def _process(
        self, servers: Servers, parts: Parts, registered: Registered, before: Used, deadline: float | None
    ) -> Standing:
        supervisor = Supervisor(self._workdir, servers, role_groups(self._settings.separate))
        until = time.monotonic() + deadline if deadline else None
        now = await standing(parts, registered.versions)
        supervisor.start()
        try:
            while not (now.finished or self._stopped or (until and time.monotonic() > until)):
                await asyncio.sleep(LOOK_EVERY)
                for done in await asyncio.to_thread(supervisor.tick):
                    log.warning("%s", done)
                now = await self._look(parts, registered.versions, now, before)
            return now
        finally:
            self._show("stopping", now, Used())
            await asyncio.to_thread(supervisor.stop)

    async def _look(self, parts: Parts, versions: Sequence[str], last: Standing, before: Used) -> Standing:
        """Look where everything stands; while a server comes back, where it stood last."""
        assert parts.usage is not None
        try:
            now = await standing(parts, versions)
            self._show("running", now, (await parts.usage.used()).since(before))
        except Exception as error:
            if as_dependency_down(error) is None:
                raise
            return last
        return now

    def _interrupt(self) -> None:
        self._stopped = True
