"""A deployment that runs until it is told to stop: `up` starts servers and roles and keeps them up, `down` ends it."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
import time
from collections.abc import Callable, Sequence

from spinestream.embedded import Addresses, EmbeddedError, Servers, addresses_from_environment, reap
from spinestream.embedded.processes import Identity, alive, terminate
from spinestream.engine_choice import check_engine
from spinestream.errors import AlreadyRuns, UsageError
from spinestream.preparing import prepare_deployment
from spinestream.seat import RUN, UP, Seat, holder
from spinestream.sessions import end_session, members
from spinestream.settings import Settings, save
from spinestream.supervisor import Supervisor, role_groups, roles_told
from spinestream.turns import serving
from spinestream.workdir import Workdir

log = logging.getLogger(__name__)

TICK = 0.5
STOP_SECONDS = 150.0
"""What an `up` that leaves may take: its roles finish what runs, commands that use its servers end."""

Show = Callable[[str], None]
"""Told each step."""


class Deployment:
    """The servers and roles of one work folder, in this process and its children."""

    def __init__(self, workdir: Workdir, settings: Settings, roles: Sequence[str], show: Show) -> None:
        self._workdir = workdir
        self._settings = settings
        self._roles = tuple(roles)
        self._show = show
        self._stop = threading.Event()
        self._step = ""

    def serve(self, ready: Callable[[Addresses], None]) -> None:
        """Keep everything running until SIGTERM or SIGINT; `ready` is told the addresses, once, when all of it works.

        Raises AlreadyRuns where another process runs the roles of this work folder, and what is wrong with settings,
        servers or a role.
        """
        if "pools" in self._roles:
            check_engine(self._settings)
        addresses_from_environment()
        workdir = Workdir.open(self._workdir.root)
        seat = Seat(workdir, UP, self._roles)
        if not seat.take():
            other = holder(workdir)
            raise AlreadyRuns(workdir.root, *((other.command, other.pid, other.roles) if other else (UP, 0, ())))
        for one in (signal.SIGINT, signal.SIGTERM):
            signal.signal(one, lambda *_: self._stop.set())
        try:
            save(workdir, self._settings)
            seat.tell("starting the servers")
            self._show_new("starting the servers")
            with serving(workdir) as servers:
                asyncio.run(prepare_deployment(workdir, self._settings, servers.addresses))
                self._supervise(seat, servers, ready)
                # Free before the servers stop: who works under this deployment is to see that it ends.
                seat.leave()
                self._show("stopping the servers")
        finally:
            seat.leave()

    def _supervise(self, seat: Seat, servers: Servers, ready: Callable[[Addresses], None]) -> None:
        supervisor = Supervisor(self._workdir, servers, role_groups(self._settings.separate, self._roles))
        told = False
        try:
            supervisor.start()
            while not self._stop.wait(TICK):
                self._tick(supervisor)
                works = supervisor.ready()
                step = supervisor.doing()
                seat.tell(step, ready=works, starts=supervisor.starts())
                self._show_new(step)
                if works and not told:
                    told = True
                    ready(servers.addresses)
        finally:
            self._show("stopping the roles")
            supervisor.stop()

    def _tick(self, supervisor: Supervisor) -> None:
        try:
            for done in supervisor.tick():
                log.warning("%s", done)
                self._show(done)
        except EmbeddedError as error:
            # A server that cannot be brought back now is tried again at the next tick: a full disk may be emptied.
            log.warning("%s", error)
            self._show(str(error).splitlines()[0])

    def _show_new(self, step: str) -> None:
        if step != self._step:
            self._step = step
            self._show(step)


def stop(workdir: Workdir, show: Show, seconds: float = STOP_SECONDS) -> bool:
    """End the deployment of a work folder: SIGTERM to the process that runs it, if it is still the one that wrote its
    name down, then wait; returns False where none ran. Nothing of it runs afterwards.

    Raises UsageError where a `run` works there: it ends by itself, and its user may interrupt it.
    """
    found = holder(workdir)
    if found is None:
        return bool(reap(workdir.root))
    if found.command == RUN:
        raise UsageError(f"a `run` (pid {found.pid}) works in {workdir.root}: it ends by itself, or interrupt it")
    roles = roles_told(workdir)
    show(f"stopping pid {found.pid} ({', '.join(found.roles)})")
    waiting = threading.Thread(target=_say_who_is_left, args=(found.process, roles, show), daemon=True)
    waiting.start()
    if terminate([found.process], seconds):
        show(f"pid {found.pid} did not leave in {seconds:.0f} s and was killed; what it had in hand is done again")
    waiting.join(5)
    for leader in roles.values():
        end_session(leader)
    reap(workdir.root)
    return True


def _say_who_is_left(process: Identity, roles: dict[str, int], show: Show) -> None:
    last = ""
    while alive(process):
        left = [label for label, leader in roles.items() if members(leader)]
        step = f"waiting for {', '.join(left)}" if left else "waiting for the servers"
        if step != last:
            show(step)
        last = step
        time.sleep(0.3)
