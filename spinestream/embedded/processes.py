"""Processes of ours, told from others' by pid, start time and the configuration file on their command line."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

LAUNCHER = Path(__file__).with_name("launcher.py")
PASSED_ON = ("HOME", "PATH", "TZ")

_spawner: tuple[int, ThreadPoolExecutor] | None = None


class Identity(NamedTuple):
    """A process: its pid, and when it started in clock ticks since boot. A pid that is used again has another start."""

    pid: int
    started: int


def start_time(pid: int) -> int | None:
    """When `pid` started, in clock ticks since boot; None if there is no such process or it is a zombie.

    Fields 3 and 22 of `/proc/PID/stat` (proc_pid_stat(5)); the name in field 2 may hold spaces and brackets.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else int(fields[19])


def identity(pid: int) -> Identity | None:
    """The process that has this pid now; None if there is none."""
    started = start_time(pid)
    return None if started is None else Identity(pid, started)


def alive(process: Identity) -> bool:
    """Whether this very process still runs."""
    return start_time(process.pid) == process.started


def holds(pid: int, config: Path) -> bool:
    """Whether the command line of `pid` names this configuration file as a whole argument or word."""
    try:
        line = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False
    wanted = os.fsencode(config)
    before, found, after = line.partition(wanted)
    return bool(found) and before[-1:] in (b"\0", b" ") and after[:1] in (b"\0", b" ", b"")


def _forker() -> ThreadPoolExecutor:
    """The one thread that forks servers. It lives as long as this process, as `launcher` needs."""
    global _spawner
    if _spawner is None or _spawner[0] != os.getpid():
        _spawner = (os.getpid(), ThreadPoolExecutor(1, thread_name_prefix="embedded-spawner"))
    return _spawner[1]


def server_environment() -> dict[str, str]:
    """The bare environment of a server. UTF-8, or Java could not read a path that is not ASCII."""
    return {"LC_ALL": "C.UTF-8", **{name: os.environ[name] for name in PASSED_ON if name in os.environ}}


def bound(command: Sequence[str]) -> list[str]:
    """Return a command whose process the kernel asks to end (SIGTERM) when this one ends, be it killed."""
    return [sys.executable, "-I", "-S", str(LAUNCHER), str(os.getpid()), *command]


def spawn(
    command: Sequence[str], *, folder: Path, console: Path, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, so that Ctrl-C reaches it only through its owner, with whom it ends.

    Without `environment` it gets a bare one (no secret of ours goes along to a server). `folder` is its working
    directory, and what it prints goes to `console`.
    """
    given = server_environment() if environment is None else dict(environment)

    def start() -> subprocess.Popen[bytes]:
        with console.open("ab") as output:
            return subprocess.Popen(
                bound(command),
                cwd=folder,
                env=given,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    return _forker().submit(start).result()


def _send(process: Identity, number: signal.Signals) -> None:
    """Signal this very process: the start time is looked at while a pidfd keeps the pid from being used again."""
    try:
        descriptor = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return
    try:
        if alive(process):
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(descriptor, number)
    finally:
        os.close(descriptor)


def terminate(processes: Collection[Identity], deadline_s: float) -> list[Identity]:
    """SIGTERM to each, SIGKILL to those that still run after `deadline_s`; returns the ones that had to be killed."""
    for process in processes:
        _send(process, signal.SIGTERM)
    left = _wait_gone(processes, deadline_s)
    for process in left:
        _send(process, signal.SIGKILL)
    _wait_gone(left, 10.0)
    return left


def _wait_gone(processes: Collection[Identity], deadline_s: float) -> list[Identity]:
    """Poll until none of them runs or the time is up; returns those that still run."""
    until = time.monotonic() + deadline_s
    left = [process for process in processes if alive(process)]
    while left and time.monotonic() < until:
        time.sleep(0.02)
        left = [process for process in left if alive(process)]
    return left
