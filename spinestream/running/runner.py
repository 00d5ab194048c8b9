"""Does the whole of a `run`: servers, sources, roles, waiting, summing up."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from actors.usage import Used
from generation.items import Kind
from generation.sources import Language
from spinestream.embedded import Servers, addresses_from_environment
from spinestream.engine_choice import check_engine
from spinestream.running.find import Found, find
from spinestream.running.register import Registered, Registrar, split_settings, with_key
from spinestream.running.report import RunReport, Standing, standing
from spinestream.settings import Settings, save
from spinestream.supervisor import Supervisor, role_groups
from spinestream.turns import serving
from spinestream.wiring import Parts, connected
from spinestream.workdir import Workdir
from streams.dependencies import as_dependency_down
from streams.intake.documents import Metadata
from streams.payloads import Wanted
from streams.splits import SplitSettings

log = logging.getLogger(__name__)

LOOK_EVERY = 0.5

Show = Callable[[str, Standing | None, Used], None]
"""Told what goes on: a step's name, where everything stands, what was used so far."""


@dataclass(frozen=True)
class RunRequest:
    """What a run is asked to do."""

    paths: Sequence[Path]
    metadata: Metadata | None = None
    """Goes before what side files say."""
    licence: str | None = None
    """Of the documents that name none."""
    wanted: Sequence[Wanted] = (Wanted(kind=Kind.MCQ, language=Language.EN),)
    deadline_seconds: float | None = None
    """Counted from the start of the run."""


class Runner:
    """One invocation of `run` on one work folder."""

    def __init__(self, workdir: Workdir, settings: Settings, show: Show) -> None:
        self._workdir = workdir
        self._settings = settings
        self._show = show
        self._began = time.monotonic()
        self._deadline: float | None = None
        self._interrupted = False

    def run(self, request: RunRequest) -> RunReport:
        """Return when each source is planned, refused or dead and every item is settled, or when interrupted.

        Raises what is wrong with paths and settings before anything is started.
        """
        self._began = time.monotonic()
        self._deadline = self._began + request.deadline_seconds if request.deadline_seconds else None
        found = find(request.paths, request.metadata, self._settings.documents, self._workdir)
        check_engine(self._settings)
        addresses_from_environment()
        split = split_settings()
        workdir = Workdir.open(self._workdir.root)
        split = with_key(split, workdir)
        save(workdir, self._settings)
        self._show(f"starting the servers (engine {self._settings.engine})", None, Used())
        with serving(self._workdir) as servers:
            return asyncio.run(self._work(servers, request, found, split))

    async def _work(self, servers: Servers, request: RunRequest, found: Found, split: SplitSettings) -> RunReport:
        loop = asyncio.get_running_loop()
        for one in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(one, self._interrupt)
        async with connected(self._workdir, self._settings, servers.addresses) as parts:
            assert parts.broker is not None
            assert parts.usage is not None
            await asyncio.to_thread(parts.broker.ensure_topics)
            await parts.prepare()
            before = await parts.usage.used()

            async def mend() -> list[str]:
                return await asyncio.to_thread(servers.ensure)

            registrar = Registrar(parts, split, self._settings.documents, request.wanted, request.licence, mend)
            registered = await registrar.register(
                found.candidates,
                found.refusals,
                lambda name: self._show(f"taking in {name}", None, Used()),
                self._stopped,
            )
            now = await self._process(servers, parts, registered, before)
            used = (await parts.usage.used()).since(before)
            return RunReport(now, registered.refused, used, time.monotonic() - self._began)

    async def _process(self, servers: Servers, parts: Parts, registered: Registered, before: Used) -> Standing:
        """Run the roles until all is settled; none is started when all is, or when the run is to stop."""
        watch = Watch(parts, registered, before, self._show)
        now = await watch.look("looking")
        if now.finished or self._stopped():
            return now
        supervisor = Supervisor(self._workdir, servers, role_groups(self._settings.separate))
        try:
            supervisor.start()
            while not (now.finished or self._stopped()):
                await asyncio.sleep(LOOK_EVERY)
                for done in await asyncio.to_thread(supervisor.tick):
                    log.warning("%s", done)
                now = await watch.look(supervisor.doing())
        finally:
            self._show("stopping", now, watch.used)
            await asyncio.to_thread(supervisor.stop)
        return now if now.finished else await watch.look("stopped")

    def _stopped(self) -> bool:
        return self._interrupted or (self._deadline is not None and time.monotonic() > self._deadline)

    def _interrupt(self) -> None:
        self._interrupted = True


class Watch:
    """Looks where the sources of a run stand, and tells."""

    def __init__(self, parts: Parts, registered: Registered, before: Used, show: Show) -> None:
        self._parts = parts
        self._registered = registered
        self._before = before
        self._show = show
        self._last: Standing | None = None
        self.used = Used()

    async def look(self, step: str) -> Standing:
        """Return where everything stands; while a server comes back, where it stood last."""
        try:
            now = await standing(self._parts, self._registered.versions)
            if self._parts.usage is not None:
                self.used = (await self._parts.usage.used()).since(self._before)
        except Exception as error:
            if self._last is None or as_dependency_down(error) is None:
                raise
            return self._last
        self._last = replace(now, untaken=self._registered.untaken)
        self._show(step, self._last, self.used)
        return self._last
