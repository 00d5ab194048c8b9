"""Looks at a deployment's pools all the time: which actors there were, and what each of them had done by when."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

LOOK_EVERY = 0.2


@dataclass(frozen=True)
class Seen:
    """One actor at one moment."""

    at: float
    """Seconds of the monotonic clock."""
    actor: str
    pid: int | None
    state: str
    settled: int
    """Records settled since it started, over all stages but the read stage."""
    told_at: float = 0.0
    """When the actor said so: a manager that is busy passes it on late."""


class PoolWatch:
    """Samples `pool.json` of a work folder on a thread. A context manager."""

    def __init__(self, workdir: Path) -> None:
        self._file = workdir / "run" / "pool.json"
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.seen: list[Seen] = []
        self.lags: list[tuple[float, int]] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def now(self, *states: str) -> list[Seen]:
        """Return the actors of the last look, those in one of the states."""
        last = self.seen[-1].at if self.seen else 0.0
        return [one for one in self.seen[-64:] if one.at == last and one.state in (states or (one.state,))]

    def last(self) -> dict[str, Seen]:
        """Return every actor there ever was as it was seen last."""
        return {one.actor: one for one in self.seen}

    def sizes(self) -> list[int]:
        """Return how many actors were ready, whenever that changed."""
        counts: dict[float, int] = {}
        for one in self.seen:
            counts[one.at] = counts.get(one.at, 0) + (one.state == "ready")
        changed: list[int] = []
        for count in counts.values():
            if not changed or changed[-1] != count:
                changed.append(count)
        return changed

    def rate(self, actor: str, begin: float, end: float) -> float:
        """Return how many records an actor settled a second between two moments, by its own reports."""
        found = [one for one in self.seen if one.actor == actor and begin <= one.told_at <= end]
        first, last = found[0], found[-1]
        return (last.settled - first.settled) / (last.told_at - first.told_at)

    def _look(self) -> None:
        while not self._stop.is_set():
            try:
                told = json.loads(self._file.read_text())
                at = time.monotonic()
                self.seen += [_seen(at, one) for one in told["members"]]
                self.lags += [(at, pool["lag"]) for pool in told["pools"] if pool["lag"] is not None]
            except (OSError, ValueError, KeyError):
                pass
            self._stop.wait(LOOK_EVERY)


def _seen(at: float, one: dict[str, object]) -> Seen:
    report = one["report"] or {}
    settled: dict[str, int] = report.get("settled", {})  # type: ignore[attr-defined]
    pid = one["pid"]
    done = sum(number for stage, number in settled.items() if stage != "read")
    told_at = float(report.get("at", 0.0))  # type: ignore[attr-defined]
    return Seen(at, str(one["id"]), pid if isinstance(pid, int) else None, str(one["state"]), done, told_at)
