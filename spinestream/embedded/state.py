"""What is known of the servers of a work folder: `servers/state.json`, and the locks that say who runs them.

Two kinds of flock. `servers/NAME.lock` is held by a server's *owner* as long as it lives: who cannot have it attaches.
`servers/state.lock` is held for the moment in which the state file is read, changed and put in place.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from spinestream.embedded.errors import WorkdirUnusable
from spinestream.embedded.processes import Identity


class ServerRecord(BaseModel):
    """One server's entry in the state file. A pid of 0 means that no process is known."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    port: int = Field(default=0, ge=0, le=65535)
    """The loopback port that clients use. Chosen once, and kept unless someone else took it."""
    controller_port: int = Field(default=0, ge=0, le=65535)
    """Kafka only: the port of its KRaft controller."""
    pid: int = 0
    started: int = 0
    """When the process started, in clock ticks since boot."""
    owner_pid: int = 0
    owner_started: int = 0
    ready: bool = False
    """Whether a client call has been answered since it was started."""

    @property
    def process(self) -> Identity:
        """The server's process."""
        return Identity(self.pid, self.started)

    @property
    def owner(self) -> Identity:
        """The process that started the server."""
        return Identity(self.owner_pid, self.owner_started)


class State(BaseModel):
    """The state file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    servers: dict[str, ServerRecord] = {}


class Lock:
    """An flock on one file. Not handed down: a forked child closes its copy, else the lock would outlive its holder."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        """Whether this object has the lock."""
        return self._descriptor is not None

    def acquire(self, *, wait: bool) -> bool:
        """Take the lock; without `wait`, False if another has it."""
        if self._descriptor is not None:
            return True
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            os.close(descriptor)
            return False
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        _HELD.add(self)
        return True

    def release(self) -> None:
        """Give the lock back, if held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
            _HELD.discard(self)


_HELD: weakref.WeakSet[Lock] = weakref.WeakSet()


def _close_in_child() -> None:
    for lock in list(_HELD):
        lock.release()


os.register_at_fork(after_in_child=_close_in_child)


def servers_folder(workdir: Path) -> Path:
    """The folder of all servers' data, logs and state, made if it is not there (0700)."""
    folder = workdir / "servers"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def owner_lock(workdir: Path, name: str) -> Lock:
    """The lock that the owner of a server holds."""
    return Lock(servers_folder(workdir) / f"{name}.lock")


def load(workdir: Path) -> State:
    """Read the state file; an empty state where there is none."""
    path = workdir / "servers" / "state.json"
    try:
        return State.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return State()
    except ValidationError as error:
        raise WorkdirUnusable(
            "servers/state.json is not readable. See that no server of this folder runs, then remove the file: "
            "the data stays, new ports are chosen"
        ) from error


def change(workdir: Path, name: str, how: Callable[[ServerRecord], ServerRecord]) -> ServerRecord:
    """Change one server's entry under the lock, written whole or not at all; returns the new entry."""
    folder = servers_folder(workdir)
    lock = Lock(folder / "state.lock")
    lock.acquire(wait=True)
    try:
        state = load(workdir)
        record = how(state.servers.get(name, ServerRecord()))
        write_private(folder / "state.json", State(servers={**state.servers, name: record}).model_dump_json(indent=1))
        return record
    finally:
        lock.release()


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads (0600), in one step: a reader sees the old one or the new one."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
