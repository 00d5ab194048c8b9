"""How the processing loops of this process stand: what gauges tell of them, and whether one is stuck."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Protocol
from weakref import WeakSet

STALL_SECONDS = 300.0
"""How long a stage with records in hand may settle none before its process counts as stuck."""
DEPENDENCIES = ("kafka", "mongodb", "redis")
"""Those that a gauge tells of at any time; others, such as `disk`, only while they are waited for."""


class Counts(Protocol):
    """What a loop says of itself; times are of the monotonic clock, in seconds."""

    @property
    def waiting_for(self) -> str | None:
        """The dependency it waits for."""

    @property
    def last_settled(self) -> float:
        """When it last settled a record."""

    @property
    def busy_since(self) -> float:
        """When it last got a record while it had none."""


class Watched(Protocol):
    """A processing loop."""

    @property
    def counts(self) -> Counts:
        """What it says of itself."""

    @property
    def patience(self) -> float:
        """Seconds that one of its records may take when all is well."""

    @property
    def group(self) -> str:
        """Its consumer group."""

    @property
    def running(self) -> int:
        """Records in hand."""


_LOOPS: WeakSet[Watched] = WeakSet()


def watch(loop: Watched) -> None:
    """Tell of a loop that begins."""
    _LOOPS.add(loop)


def forget(loop: Watched) -> None:
    """Tell no more of a loop that has ended."""
    _LOOPS.discard(loop)


def running() -> list[tuple[float, tuple[str, ...]]]:
    """Return the records in hand of each group."""
    return [(float(one.running), (one.group,)) for one in _all()]


def waiting_for() -> list[tuple[float, tuple[str, ...]]]:
    """Return 1 or 0 for each group and dependency."""
    told: list[tuple[float, tuple[str, ...]]] = []
    for one in _all():
        now = one.counts.waiting_for
        names = DEPENDENCIES if now is None or now in DEPENDENCIES else (*DEPENDENCIES, now)
        told += [(float(name == now), (one.group, name)) for name in names]
    return told


def last_settled() -> list[tuple[float, tuple[str, ...]]]:
    """Return the seconds since each group settled a record, or began."""
    now = time.monotonic()
    return [(now - one.counts.last_settled, (one.group,)) for one in _all()]


def stuck(now: float | None = None) -> list[str]:
    """Return a sentence for each loop that has records in hand, waits for nothing and settles none."""
    at = time.monotonic() if now is None else now
    return [told for one in _all() if (told := stuck_sentence(one, at))]


def stuck_sentence(one: Watched, now: float) -> str:
    """Return what is wrong with a loop, empty where nothing is; `now` is of the monotonic clock."""
    counts = one.counts
    since = now - max(counts.last_settled, counts.busy_since)
    if not one.running or counts.waiting_for is not None or since <= one.patience:
        return ""
    return f"stage {one.group} has {one.running} records in hand and has settled none for {since:.0f} s"


def _all() -> Iterable[Watched]:
    """Return the loops by name: a set that others change is copied first."""
    return sorted(_LOOPS.copy(), key=lambda one: one.group)
