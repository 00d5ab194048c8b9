"""Keeps the servers and the role processes of one work folder running; roles are crash-only and simply started again.

A role process dies with its supervisor (the launcher asks the kernel for it), so a killed supervisor leaves nothing
behind and the next command continues where the log and the store stand.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from spinestream.embedded import Servers
from spinestream.embedded.credentials import mask
from spinestream.embedded.environment import SIDE_VARIABLES
from spinestream.embedded.processes import spawn
from spinestream.errors import UNUSABLE, RoleFailed
from spinestream.gateway_file import gateway_told
from spinestream.pools_file import pools_told
from spinestream.roles import APART, LIGHT_ROLES, WORK_ROLES
from spinestream.roles.orphans import SUPERVISOR_VARIABLE
from spinestream.sessions import end_session
from spinestream.settings import outside
from spinestream.web_file import web_told
from spinestream.workdir import Workdir
from streams.intake.gateway.settings import DEID_KEY_VARIABLE

log = logging.getLogger(__name__)

KEYS = {DEID_KEY_VARIABLE: "gateway", "SPINESTREAM_SESSION_KEY": "web"}
"""Variables that one role is given: who has them can undo pseudonyms, or sign in as anybody."""
BACKOFF_MAX = 5.0
GIVE_UP_AFTER = 5
"""Ends with an error within `SHORT_LIFE` seconds of a start, one after the other, after which a role has failed for
good. A role that is killed is none: it is started again however often that happens."""
SHORT_LIFE = 10.0
"""Longer than a role needs for its imports, else one that fails right after them would be started for ever."""
STOP_SECONDS = 30.0
TAIL_LINES = 8
LOG_LIMIT = 16 * 1024 * 1024
"""Bytes of a role's log that a start puts aside, in the place of what was put aside before."""


@dataclass
class RoleProcess:
    """One process that serves one or several roles."""

    names: tuple[str, ...]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    not_before: float = 0.0
    short_lives: int = 0
    starts: int = 0
    ends: list[int] = field(default_factory=list)

    @property
    def label(self) -> str:
        """Names joined, for logs and files."""
        return "+".join(self.names)


class Supervisor:
    """Starts and restarts role processes; `tick` is called about twice a second by whoever waits for the work."""

    def __init__(self, workdir: Workdir, servers: Servers, groups: Sequence[Sequence[str]]) -> None:
        """`groups` are the roles that share a process."""
        self._workdir = workdir
        self._servers = servers
        self._roles = [RoleProcess(tuple(names)) for names in groups]

    def start(self) -> None:
        """Start every role process."""
        self._forget()
        for role in self._roles:
            self._start(role)
        self._write()

    def tick(self) -> list[str]:
        """Bring back what has died; returns what was done. Raises RoleFailed when a role cannot live."""
        done = [f"server {name} was started again" for name in self._servers.ensure()]
        now = time.monotonic()
        changed = False
        for role in self._roles:
            if role.process is not None and role.process.poll() is not None:
                self._ended(role, now)
            if role.process is None and now >= role.not_before:
                self._start(role)
                done.append(f"role {role.label} was started again")
                changed = True
        if changed:
            self._write()
        return done

    def doing(self) -> str:
        """Return what is going on, for people: an engine may take half a minute to load."""
        if any("pools" in role.names for role in self._roles):
            told = pools_told(self._workdir)
            if told is None:
                return "starting Ray"
            if not told.working:
                return "loading the engine"
        return "running" if self.ready() else "starting the roles"

    def ready(self) -> bool:
        """Whether every role has said that it works since it was started."""
        return all(self._ready(role) for role in self._roles)

    def _ready(self, role: RoleProcess) -> bool:
        if role.process is None:
            return False
        if "pools" in role.names:
            told = pools_told(self._workdir)
            return told is not None and told.manager == role.process.pid and told.working
        if "web" in role.names and not self._listens(role.process.pid):
            return False
        if "gateway" in role.names and not self._takes(role.process.pid):
            return False
        try:
            return self._workdir.ready_file(role.label).read_text() == str(role.process.pid)
        except FileNotFoundError:
            return False

    def _listens(self, pid: int) -> bool:
        note = web_told(self._workdir)
        return note is not None and note.pid == pid

    def _takes(self, pid: int) -> bool:
        note = gateway_told(self._workdir)
        return note is not None and note.pid == pid

    def starts(self) -> dict[str, int]:
        """Return how often each role process was started, by its label."""
        return {role.label: role.starts for role in self._roles}

    def stop(self) -> None:
        """Ask every role to leave, wait, and end those that do not."""
        running = [role.process for role in self._roles if role.process is not None]
        for process in running:
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("process %d did not leave in %.0f s and is killed", process.pid, STOP_SECONDS)
                process.kill()
                process.wait()
            end_session(process.pid)
        self._forget()

    def _start(self, role: RoleProcess) -> None:
        # -P: a file in the folder of the call that is named like a module of ours is not that module.
        command = [sys.executable, "-P", "-m", "spinestream", "role", *role.names]
        command += ["--workdir", str(self._workdir.root)]
        console = self._workdir.log_of(role.label)
        if console.exists() and console.stat().st_size > LOG_LIMIT:
            console.replace(console.with_suffix(".log.1"))
        environment = {
            **given_to(role.names, os.environ),
            **self._servers.addresses.environment(),
            "PYTHONUNBUFFERED": "1",
        }
        environment[SUPERVISOR_VARIABLE] = str(os.getpid())
        role.process = spawn(command, folder=Path.cwd(), console=console, environment=environment)
        role.started = time.monotonic()
        role.starts += 1

    def _ended(self, role: RoleProcess, now: float) -> None:
        assert role.process is not None
        code = role.process.returncode
        log.warning("role %s ended with %s", role.label, code)
        end_session(role.process.pid)
        role.ends.append(code)
        role.short_lives = role.short_lives + 1 if now - role.started < SHORT_LIFE and code > 0 else 0
        if role.short_lives >= GIVE_UP_AFTER or code == UNUSABLE:
            raise RoleFailed(role.label, code, self._tail(role.label))
        role.process = None
        role.not_before = now + min(BACKOFF_MAX, 0.2 * 2**role.short_lives)

    def _tail(self, label: str) -> list[str]:
        """Return the end of a role's log, secrets blotted out."""
        lines = self._workdir.log_of(label).read_text(errors="replace").splitlines()[-TAIL_LINES:]
        return [mask(line[:300], self._workdir.root) for line in lines]

    def _forget(self) -> None:
        """Remove what was told of processes that are no more, by us or by a supervisor that was killed."""
        ready = [self._workdir.ready_file(role.label) for role in self._roles]
        for told in (self._workdir.roles_file, self._workdir.pool_file, *ready):
            told.unlink(missing_ok=True)

    def _write(self) -> None:
        told = {role.label: role.process.pid for role in self._roles if role.process is not None}
        part = self._workdir.roles_file.with_suffix(".part")
        part.write_text(json.dumps(told))
        part.replace(self._workdir.roles_file)


def given_to(names: Collection[str], environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that roles get along: a key of `KEYS` goes to its role and to no other, and what stands
    beside an address is in the address that they are given."""
    given = {k: v for k, v in outside(environ).items() if k not in SIDE_VARIABLES}
    return {k: v for k, v in given.items() if KEYS.get(k.upper()) in (None, *names)}


def roles_told(workdir: Workdir) -> dict[str, int]:
    """Return the role processes that a supervisor wrote down last: {label: pid}; none where none did."""
    try:
        return {str(label): int(pid) for label, pid in json.loads(workdir.roles_file.read_text()).items()}
    except (OSError, ValueError):
        return {}


def role_groups(separate: bool, roles: Collection[str] = WORK_ROLES) -> tuple[tuple[str, ...], ...]:
    """Return which of the roles named share a process."""
    light = [name for name in LIGHT_ROLES if name in roles]
    alone = [name for name in light if separate or name in APART]
    together = tuple(name for name in light if name not in alone)
    groups = (together, *((name,) for name in alone), ("pools",) if "pools" in roles else ())
    return tuple(group for group in groups if group)
