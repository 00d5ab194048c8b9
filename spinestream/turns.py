"""Servers that no other command stops while this one uses them.

A command starts the servers that do not run and attaches to those that do; whoever started a server stops it. So that
nobody loses a server that somebody else was about to stop, there are two flocks in the work folder: `starting` is held
while servers come up or go down, `using` is shared by all who use them, and taken alone by who stops some.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from spinestream.embedded import SERVER_NAMES, Servers
from spinestream.workdir import Workdir

PATIENCE = 60.0
"""Seconds that who stops servers waits for commands that still use them."""
_LOOK_EVERY = 0.05


@contextmanager
def serving(workdir: Workdir, only: Collection[str] = SERVER_NAMES) -> Iterator[Servers]:
    """Run the servers named, or attach to them; at the end stop those started here once no other command uses them."""
    servers = Servers(workdir.root, only=only)
    with _file(workdir.run / "using.lock") as using:
        with _locked(workdir.run / "starting.lock"):
            servers.start()
            fcntl.flock(using, fcntl.LOCK_SH)
        try:
            yield servers
        finally:
            # Given up before `starting` is asked for: another may hold that one and wait for this one.
            fcntl.flock(using, fcntl.LOCK_UN)
            if servers.owned:
                with _locked(workdir.run / "starting.lock"):
                    _alone(using)
                    servers.stop()
            else:
                servers.stop()


def _alone(using: int) -> None:
    """Wait until no other command uses the servers, or for as long as one has patience."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            fcntl.flock(using, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_LOOK_EVERY)
        else:
            return


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with _file(path) as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield


@contextmanager
def _file(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
