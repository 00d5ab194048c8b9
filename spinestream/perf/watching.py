"""Who uses how much CPU and memory in a deployment, watched from outside while it works."""

from __future__ import annotations

import json
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from spinestream.embedded import status
from spinestream.pools_file import pools_told
from spinestream.sessions import members
from spinestream.supervisor import roles_told
from spinestream.workdir import Workdir

EVERY = 0.5
OURS = ("run", "roles", "pools", "actors")
"""Groups of processes that run code of ours; the others are servers and Ray's own."""


@dataclass(frozen=True)
class Look:
    """What had been used at one moment."""

    at: float
    """Seconds since the epoch."""
    cpu: dict[str, float]
    """CPU seconds since they began, by group of processes, those that have ended included."""
    memory: dict[str, float]
    """Resident memory in MiB, by group."""
    stages: dict[str, float]
    """CPU milliseconds by stage."""
    busy: float
    """Completions computed, integrated over time (completion-seconds), of all actors."""
    pace: float
    """CPU milliseconds that the machine took at that moment for a fixed piece of work of this process."""


@dataclass
class _Group:
    seconds: dict[int, float] = field(default_factory=dict)
    memory: float = 0.0


class Watching:
    """A thread that looks twice a second; use as a context."""

    def __init__(self, workdir: Workdir, run: int) -> None:
        """`run` is the pid of the process that supervises."""
        self._workdir = workdir
        self._run = run
        self._groups: defaultdict[str, _Group] = defaultdict(_Group)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._live, name="perf-watch", daemon=True)
        self.looks: list[Look] = []

    def __enter__(self) -> Watching:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _live(self) -> None:
        while not self._stop.wait(EVERY):
            self.looks.append(self._look())

    def _look(self) -> Look:
        for group in self._groups.values():
            group.memory = 0.0
        for name, pid in self._processes():
            try:
                process = psutil.Process(pid)
                times, memory = process.cpu_times(), process.memory_info().rss
            except psutil.Error:
                continue
            self._groups[name].seconds[pid] = times.user + times.system
            self._groups[name].memory += memory / 2**20
        stages, busy = self._told()
        return Look(
            at=time.time(),
            cpu={name: sum(group.seconds.values()) for name, group in self._groups.items()},
            memory={name: group.memory for name, group in self._groups.items()},
            stages=stages,
            busy=busy,
            pace=_pace(),
        )

    def _processes(self) -> Iterator[tuple[str, int]]:
        yield "run", self._run
        for server in status(self._workdir.root):
            if server.pid:
                yield server.name, server.pid
        told = pools_told(self._workdir)
        actors = {one.pid for one in told.members if one.pid} if told else set()
        for label, leader in roles_told(self._workdir).items():
            for pid in members(leader):
                if pid in actors:
                    yield "actors", pid
                elif pid == leader:
                    yield ("pools" if label == "pools" else "roles"), pid
                else:
                    yield "ray", pid

    def _told(self) -> tuple[dict[str, float], float]:
        """Return what stages say of their CPU time, and engines of the completions they compute."""
        stages: defaultdict[str, float] = defaultdict(float)
        for place in self._workdir.run.glob("cpu-*.json"):
            _add(stages, _read(place))
        busy = 0.0
        told = pools_told(self._workdir)
        for member in told.members if told else ():
            if member.report is not None:
                _add(stages, member.report.cpu_ms)
                busy += member.report.sequence_seconds
        return dict(stages), busy


def between(looks: Sequence[Look], begin: float, end: float) -> tuple[Look, Look]:
    """Return the looks nearest to two moments; raises ValueError when nothing was seen around them."""
    if len(looks) < 2:
        raise ValueError("the deployment was not seen at work: it was too quick, or did not start")
    first = min(looks, key=lambda one: abs(one.at - begin))
    last = min(looks, key=lambda one: abs(one.at - end))
    if last.at <= first.at:
        raise ValueError(f"what is to be measured took {end - begin:.1f} s: measure more items")
    return first, last


def _pace() -> float:
    """Return the CPU time (ms) of 100,000 turns of a plain loop."""
    began, total = time.thread_time(), 0
    for number in range(100_000):
        total += number * number % 7
    return 1000 * (time.thread_time() - began)


def _add(to: dict[str, float], more: dict[str, float]) -> None:
    for name, value in more.items():
        to[name] = to.get(name, 0.0) + value


def _read(place: Path) -> dict[str, float]:
    try:
        found: dict[str, float] = json.loads(place.read_text())
    except (OSError, ValueError):
        return {}
    return found
