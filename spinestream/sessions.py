"""All processes of a role: it leads a session of its own, and whatever it starts (Ray's processes, a PDF's reader)
belongs to that session, also when its parent is dead and its command line is overwritten."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Collection
from pathlib import Path

SESSION = 3
"""Place of the session's id behind the name in `/proc/PID/stat`: field 6 of proc_pid_stat(5)."""


def members(leader: int) -> list[int]:
    """Return the processes of the session that `leader` leads or led. Its id is not used again while one is left."""
    return [pid for pid in _pids() if _session(pid) == leader]


def end_session(leader: int, spared: Collection[int] = ()) -> list[int]:
    """SIGKILL every process of a session but those spared; returns whom. Ray's agents stay for a minute otherwise."""
    ended: list[int] = []
    while left := [pid for pid in members(leader) if pid not in spared and pid not in ended]:
        for pid in left:
            _kill(pid, leader)
        ended += left
    return ended


def _kill(pid: int, leader: int) -> None:
    """Kill this very process: its session is looked at while a pidfd keeps the pid from being used again."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        if _session(pid) == leader:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
    finally:
        os.close(descriptor)


def _pids() -> list[int]:
    return [int(one.name) for one in Path("/proc").iterdir() if one.name.isdigit()]


def _session(pid: int) -> int | None:
    """Return the session of a process; None for a zombie and for none."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else int(fields[SESSION])
