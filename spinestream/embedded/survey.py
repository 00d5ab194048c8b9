"""Looks at the servers of a work folder from outside, and clears away what a dead owner left."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from spinestream.embedded.processes import alive
from spinestream.embedded.server import Place
from spinestream.embedded.starting import SERVER_NAMES, reap_survivor
from spinestream.embedded.state import load, owner_lock

REAP_DEADLINE_S = 20.0


class ServerStatus(NamedTuple):
    """One server of a work folder."""

    name: str
    port: int
    """0 if it was never started here."""
    pid: int
    """0 if it does not run."""
    ready: bool
    """Whether it runs and has answered a client call since it was started."""
    owner_pid: int
    """The process that started it and will stop it; 0 if that has ended."""


def status(workdir: Path) -> list[ServerStatus]:
    """What the state file says about each server, compared with the processes that run. Changes nothing."""
    records = load(workdir.resolve()).servers
    found: list[ServerStatus] = []
    for name in SERVER_NAMES:
        record = records.get(name)
        if record is None:
            found.append(ServerStatus(name, 0, 0, False, 0))
            continue
        runs = record.pid != 0 and alive(record.process)
        owner = record.owner_pid if record.owner_pid != 0 and alive(record.owner) else 0
        found.append(ServerStatus(name, record.port, record.pid if runs else 0, runs and record.ready, owner))
    return found


def reap(workdir: Path) -> list[str]:
    """End servers whose owner is dead (SIGTERM, then SIGKILL); returns their names.

    A server with a living owner is left alone, and so is every process that is not this work folder's.
    """
    workdir = workdir.resolve()
    ended: list[str] = []
    for name, record in load(workdir).servers.items():
        lock = owner_lock(workdir, name)
        if not lock.acquire(wait=False):
            continue
        try:
            if reap_survivor(Place(workdir, name), record, REAP_DEADLINE_S):
                ended.append(name)
        finally:
            lock.release()
    return ended
