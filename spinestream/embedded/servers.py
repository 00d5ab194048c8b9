"""The embedded servers of one work folder, started together and kept up by whoever owns them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from spinestream.embedded.addresses import Addresses
from spinestream.embedded.environment import addresses_from_environment
from spinestream.embedded.errors import EmbeddedError, NotStarted, WorkdirUnusable
from spinestream.embedded.processes import alive, terminate
from spinestream.embedded.server import Place
from spinestream.embedded.starting import SERVER_NAMES, Running, reap_survivor, server_at, start
from spinestream.embedded.state import Lock, change, load, owner_lock, servers_folder

START_DEADLINE_S = 60.0
STOP_DEADLINE_S = 20.0
PAUSE_S = 0.05


class Servers:
    """Kafka, MongoDB and Redis for one work folder. A context manager; safe to use from several threads.

    Who comes first *owns* a server: it starts it, brings it back (`ensure`) and stops it. Who comes second, in this
    process or another, *attaches*: it uses the server and leaves it running. If the owner dies its servers end with
    it, and the next `start` or `ensure` of anyone becomes the owner. Servers that the environment names
    (`addresses_from_environment`) are neither started nor looked at.
    """

    def __init__(
        self,
        workdir: Path,
        only: Collection[str] = SERVER_NAMES,
        *,
        deadline_s: float = START_DEADLINE_S,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        """Name the work folder and the servers that are wanted; nothing is started yet.

        `deadline_s` bounds the start of each server and the wait for another command that starts it. `environ`
        stands in for the process's environment. Raises `ValueError` for a name that is not one of `SERVER_NAMES`.
        """
        unknown = sorted(set(only) - set(SERVER_NAMES))
        if unknown:
            raise ValueError(f"no such server: {', '.join(unknown)}; there are {', '.join(SERVER_NAMES)}")
        self.workdir = workdir.resolve()
        self._external = addresses_from_environment(environ)
        self._names = tuple(name for name in SERVER_NAMES if name in only and not getattr(self._external, name))
        self._deadline_s = deadline_s
        self._guard = threading.RLock()
        self._locks: dict[str, Lock] = {}
        self._running: dict[str, Running] = {}
        self._addresses: Addresses | None = None

    @property
    def addresses(self) -> Addresses:
        """Where the servers are. Raises `NotStarted` before `start`."""
        if self._addresses is None:
            raise NotStarted("the servers are not started: use `with Servers(...)`, or call start() first")
        return self._addresses

    @property
    def owned(self) -> frozenset[str]:
        """Names of the servers that this object started and will stop."""
        return frozenset(self._running)

    def start(self) -> Addresses:
        """Start what does not run, attach to what does, in parallel; returns when every one answers.

        If one cannot be started, those started here are stopped again and its error is raised.
        """
        with self._guard:
            _check_folder(self.workdir)
            try:
                self._each(self._names, self._bring_up)
            except BaseException:
                self.stop()
                raise
            return self._note_addresses()

    def ensure(self) -> list[str]:
        """Bring back servers that have died, on the same port with the same data; returns their names.

        To be called about once a second by a supervisor. It costs microseconds while all is well, and blocks while
        a server starts. It brings back what this object owns, and becomes the owner of an attached server whose owner
        has died. Raises what `start` raises; a server that cannot be brought back is tried again at the next call.
        """
        with self._guard:
            if self._addresses is None:
                raise NotStarted("the servers are not started: call start() first")
            dead = [name for name in self._names if not self._lives(name)]
            before = {name: self._running.get(name) for name in dead}
            if dead:
                self._each(dead, self._revive)
                self._note_addresses()
            return [name for name in dead if self._running.get(name) is not before[name]]

    def stop(self) -> None:
        """Stop the servers owned here (SIGTERM, SIGKILL after a deadline), and detach from the others."""
        with self._guard:
            running = list(self._running.values())
            terminate([one.identity for one in running], STOP_DEADLINE_S)
            for one in running:
                one.process.wait()
                change(
                    self.workdir,
                    one.server.name,
                    lambda record: record.model_copy(
                        update={"pid": 0, "started": 0, "owner_pid": 0, "owner_started": 0, "ready": False}
                    ),
                )
            self._running.clear()
            for lock in self._locks.values():
                lock.release()
            self._locks.clear()
            self._addresses = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"Servers({', '.join(self._names)}; owned: {', '.join(sorted(self._running)) or 'none'})"

    def _each(self, names: Collection[str], act: Callable[[str], None]) -> None:
        """Do `act` for all names at once; raises the first one's error when all have come to an end."""
        if not names:
            return
        with ThreadPoolExecutor(len(names), thread_name_prefix="embedded-start") as pool:
            futures = [pool.submit(act, name) for name in names]
        for future in futures:
            future.result()

    def _bring_up(self, name: str) -> None:
        """Own and start the server, or wait until its owner's is ready."""
        until = time.monotonic() + self._deadline_s
        while not self._lives(name):
            if self._own(name):
                self._start_owned(name)
                return
            if time.monotonic() > until:
                raise EmbeddedError(
                    f"{name}: another command owns this server and it is not ready after {self._deadline_s:.0f} s. "
                    f"See servers/{name}/{name}.log, or stop process {load(self.workdir).servers[name].owner_pid}"
                )
            time.sleep(PAUSE_S)

    def _revive(self, name: str) -> None:
        """Start a dead server that is ours, or has no owner any more; its living owner brings back its own."""
        if self._own(name):
            self._start_owned(name)

    def _own(self, name: str) -> bool:
        lock = self._locks.get(name) or owner_lock(self.workdir, name)
        if not lock.acquire(wait=False):
            return False
        self._locks[name] = lock
        return True

    def _start_owned(self, name: str) -> None:
        place = Place(self.workdir, name)
        record = load(self.workdir).servers.get(name)
        if record is not None:
            reap_survivor(place, record, STOP_DEADLINE_S)
        self._running.pop(name, None)
        self._running[name] = start(place, self._deadline_s)

    def _lives(self, name: str) -> bool:
        own = self._running.get(name)
        if own is not None:
            return own.lives
        if name in self._locks:
            return False
        record = load(self.workdir).servers.get(name)
        return record is not None and record.ready and alive(record.process) and alive(record.owner)

    def _note_addresses(self) -> Addresses:
        records = load(self.workdir).servers
        known = self._external
        for name in self._names:
            known = known.joined(server_at(Place(self.workdir, name), records[name]).address())
        self._addresses = known
        return known


def _check_folder(workdir: Path) -> None:
    """Refuse a work folder whose path a server's configuration cannot hold, or that cannot be written to."""
    if any(character in str(workdir) for character in '\n\r"\\:'):
        raise WorkdirUnusable("the work folder's path holds a quote, colon, backslash or line break: choose another")
    try:
        servers_folder(workdir)
    except OSError as error:
        raise WorkdirUnusable(
            f"the work folder cannot be made or written to ({error.strerror}): choose another"
        ) from error
