"""Does the whole of a `run`: servers, sources, roles, waiting, summing up."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from actors.usage import Used
from spinestream.embedded import Servers, addresses_from_environment
from spinestream.engine_choice import check_engine
from spinestream.roles import WORK_ROLES
from spinestream.running.find import Found, find
from spinestream.running.kinds import kinds
from spinestream.running.register import Registered, Registrar, split_settings, with_key
from spinestream.running.report import RunReport
from spinestream.running.request import RunRequest
from spinestream.running.watch import Show, Watch
from spinestream.seat import RUN, UP, Holder, Seat, holder
from spinestream.settings import Settings, save
from spinestream.supervisor import Supervisor, role_groups
from spinestream.turns import serving
from spinestream.wiring import Parts, connected
from spinestream.workdir import Workdir
from streams.splits import SplitSettings

log = logging.getLogger(__name__)

After = Callable[[Parts, RunReport], Coroutine[Any, Any, None]]
"""What is done once everything is settled, while the roles still run; cancelled when the run is interrupted."""

LOOK_EVERY = 0.5
LOOK_SHARE = 0.1
"""Share of the time that is spent on looking, at most: counting a large store takes a while."""


class Runner:
    """One invocation of `run` on one work folder."""

    def __init__(
        self,
        workdir: Workdir,
        settings: Settings,
        show: Show,
        roles: Sequence[str] = WORK_ROLES,
        after: After | None = None,
    ) -> None:
        """`after` is for what needs the roles once all is settled; they are started for it where nobody runs them."""
        self._workdir = workdir
        self._settings = settings
        self._show = show
        self._roles = tuple(roles)
        self._after = after
        self._began = time.monotonic()
        self._deadline: float | None = None
        self._interrupted = False

    def run(self, request: RunRequest) -> RunReport:
        """Return when each source is planned, refused or dead and every item is settled; when interrupted; or when all
        that is open waits for stages that stand still (paused, or the budget is spent).

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
            assert parts.budget is not None
            await asyncio.to_thread(parts.broker.ensure_topics)
            await parts.prepare()
            await parts.budget.set(self._settings.budget)
            before = await parts.usage.used()

            async def mend() -> list[str]:
                return await asyncio.to_thread(servers.ensure)

            registrar = Registrar(parts, split, self._settings.documents, request, mend)
            registered = await registrar.register(
                found.candidates,
                found.refusals,
                lambda name: self._show(f"taking in {name}", None, Used()),
                self._stopped,
            )
            taken = await registrar.take(
                found.studies,
                self._settings,
                lambda name: self._show(f"taking in {name}", None, Used()),
                self._stopped,
            )
            registered.add(taken)
            watch = Watch(self._workdir, parts, registered, before, self._show)
            await self._process(servers, parts, registered, watch)
            return await self._report(parts, registered, watch)

    async def _report(self, parts: Parts, registered: Registered, watch: Watch) -> RunReport:
        now = watch.standing
        return RunReport(
            standing=now,
            refused=registered.refused,
            used=watch.used,
            seconds=time.monotonic() - self._began,
            kinds=await kinds(parts, registered.versions),
            paused={} if now.finished else watch.paused,
            budget=watch.budget,
            studies=registered.studies,
        )

    async def _process(self, servers: Servers, parts: Parts, registered: Registered, watch: Watch) -> None:
        """Wait until all is settled, with roles of our own where nobody else runs them; none is started when there is
        nothing to do, or nothing that may be done."""
        await watch.look("looking")
        if (self._ended(watch) and (self._after is None or self._stopped())) or watch.blocked:
            return
        crew = _Crew(self._workdir, servers, role_groups(self._settings.separate, self._roles), self._roles)
        try:
            while not (self._ended(watch) or watch.still):
                if not await asyncio.to_thread(crew.work):
                    self._show("the deployment was stopped", watch.standing, watch.used)
                    await asyncio.to_thread(servers.ensure)
                    break
                await asyncio.sleep(max(LOOK_EVERY, watch.seconds / LOOK_SHARE))
                await watch.look(crew.doing())
            if self._after is not None and watch.standing.finished and not self._stopped():
                await self._then(self._after, crew, parts, await self._report(parts, registered, watch))
                await watch.look("looking")
        finally:
            self._show("stopping", watch.standing, watch.used)
            await asyncio.to_thread(crew.leave)
        if not self._ended(watch):
            await watch.look("stopped")

    async def _then(self, after: After, crew: _Crew, parts: Parts, report: RunReport) -> None:
        """Do what comes after with the roles kept up, until it is done or the run is interrupted."""
        while not await asyncio.to_thread(crew.ready) and not self._stopped():
            await asyncio.to_thread(crew.work)
            await asyncio.sleep(LOOK_EVERY)
        task = asyncio.create_task(after(parts, report))
        while not task.done() and not self._stopped():
            await asyncio.to_thread(crew.work)
            await asyncio.wait([task], timeout=LOOK_EVERY)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            if not self._stopped():
                raise

    def _ended(self, watch: Watch) -> bool:
        return watch.standing.finished or self._stopped()

    def _stopped(self) -> bool:
        return self._interrupted or (self._deadline is not None and time.monotonic() > self._deadline)

    def _interrupt(self) -> None:
        self._interrupted = True


class _Crew:
    """The roles that work for a run: those of an `up` or of another run, while one is there, else its own."""

    def __init__(
        self, workdir: Workdir, servers: Servers, groups: Sequence[Sequence[str]], roles: Sequence[str]
    ) -> None:
        self._workdir = workdir
        self._seat = Seat(workdir, RUN, roles)
        self._supervisor = Supervisor(workdir, servers, groups)
        self._own = False
        self._other: Holder | None = None

    def work(self) -> bool:
        """See that roles run; False when those of an `up` were stopped, which stops the run, too."""
        if self._own:
            for done in self._supervisor.tick():
                log.warning("%s", done)
            self._seat.tell(self._supervisor.doing(), ready=self._supervisor.ready(), starts=self._supervisor.starts())
            return True
        if self._other is not None and self._other.command == UP:
            now = holder(self._workdir)
            gone = now is None or now.process != self._other.process
            self._other = now
            return not gone
        if self._seat.take():
            self._own = True
            self._supervisor.start()
        else:
            self._other = holder(self._workdir)
        return True

    def ready(self) -> bool:
        """Whether every role works."""
        if self._own:
            return self._supervisor.ready()
        now = holder(self._workdir)
        return now is not None and now.ready

    def doing(self) -> str:
        """Return what is going on, for people."""
        if self._own:
            return self._supervisor.doing()
        if self._other is None:
            return "waiting"
        return f"served by `{self._other.command}` (pid {self._other.pid}): {self._other.step}"

    def leave(self) -> None:
        """Stop the roles that are our own."""
        if self._own:
            self._supervisor.stop()
            self._seat.leave()
