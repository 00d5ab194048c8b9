"""Who runs the roles of a work folder: one process at a time, a `run` or an `up`, which holds the seat while it lives.

The seat is an flock, so that it is free the moment its holder is dead; the record beside it says who that is.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict, ValidationError

from spinestream.embedded.processes import Identity, alive, identity
from spinestream.embedded.state import Lock, write_private
from spinestream.errors import UsageError
from spinestream.settings import Settings
from spinestream.workdir import Workdir

RUN, UP = "run", "up"


class Holder(BaseModel):
    """The process that runs the roles."""

    model_config = ConfigDict(frozen=True)

    pid: int
    started: int
    """When it was started, in clock ticks since boot."""
    command: str
    """`run` or `up`."""
    roles: tuple[str, ...]
    step: str = ""
    """What it is doing, for people."""
    ready: bool = False
    """Whether servers answer and every role works."""
    starts: dict[str, int] = {}
    """How often each role process was started, by its label."""

    @property
    def process(self) -> Identity:
        """The process."""
        return Identity(self.pid, self.started)


class Seat:
    """The seat of a work folder, for a process that wants to run its roles."""

    def __init__(self, workdir: Workdir, command: str, roles: Sequence[str]) -> None:
        self._workdir = workdir
        self._lock = Lock(workdir.run / "supervisor.lock")
        me = identity(os.getpid())
        assert me is not None
        self._me = Holder(pid=me.pid, started=me.started, command=command, roles=tuple(roles))
        self._told: Holder | None = None

    def take(self) -> bool:
        """Take the seat; False where another has it. May be called again."""
        if self._lock.held:
            return True
        if not self._lock.acquire(wait=False):
            return False
        self.tell("starting")
        return True

    def tell(self, step: str, *, ready: bool = False, starts: Mapping[str, int] | None = None) -> None:
        """Say what is being done, for `status` and for who waits; written where it is something new."""
        told = self._me.model_copy(update={"step": step, "ready": ready, "starts": dict(starts or {})})
        if told != self._told:
            self._told = told
            write_private(self._workdir.holder_file, told.model_dump_json())

    def leave(self) -> None:
        """Give the seat back, if it is held."""
        if self._lock.held:
            self._workdir.holder_file.unlink(missing_ok=True)
            self._lock.release()


def holder(workdir: Workdir) -> Holder | None:
    """Return the process that runs the roles of a work folder now; None where none does."""
    try:
        found = Holder.model_validate_json(workdir.holder_file.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
    return found if alive(found.process) else None


def check_settings(workdir: Workdir, settings: Settings, by: Holder) -> None:
    """Raise UsageError where settings are asked for that the roles which run were not started with; a budget may
    change at any time."""
    stored = json.loads(workdir.settings_file.read_text()) if workdir.settings_file.exists() else {}
    asked = settings.model_dump(mode="json")
    other = sorted(name for name in asked if name != "budget" and asked[name] != stored.get(name))
    if other:
        raise UsageError(
            f"`{by.command}` (pid {by.pid}) runs the roles of this work folder with other settings "
            f"({', '.join(other)}): leave them out, or stop it first"
        )
