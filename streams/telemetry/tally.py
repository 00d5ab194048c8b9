"""Counts kept in plain tables: what an engine actor tells its manager, and how a manager adds up its actors.

An actor opens no port. Its numbers travel in the report that its manager asks for twice a second anyway.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterable
from typing import NamedTuple

from streams.telemetry import standing
from streams.telemetry.instruments import ALL, LAST_SETTLED, RUNNING, WAITING_FOR, Instrument, Kind
from streams.telemetry.metering import Labels

BY_NAME = {one.name: one for one in ALL}


class Point(NamedTuple):
    """One series of one instrument."""

    name: str
    """Of the instrument."""
    labels: tuple[str | None, ...]
    """Values of its attributes, in their order."""
    value: float
    """Of a counter or gauge; of a histogram the sum of its values."""
    buckets: tuple[int, ...] = ()
    """Of a histogram: values in each bucket (not added up), the last one those above every bound."""


Key = tuple[str, tuple[str | None, ...]]


class Tally:
    """Counters and histograms of one process; any thread may count or read."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[Key, float] = {}
        self._times: dict[Key, tuple[float, list[int]]] = {}

    def count(self, instrument: Instrument, number: float, labels: Labels) -> None:
        """Add to a counter."""
        key = instrument.name, tuple(labels)
        with self._lock:
            self._counts[key] = self._counts.get(key, 0.0) + number

    def observe(self, instrument: Instrument, value: float, labels: Labels) -> None:
        """Add a value to a histogram."""
        key = instrument.name, tuple(labels)
        with self._lock:
            total, buckets = self._times.get(key) or (0.0, [0] * (len(instrument.bounds) + 1))
            buckets[bisect_left(instrument.bounds, value)] += 1
            self._times[key] = total + value, buckets

    def points(self) -> tuple[Point, ...]:
        """Return everything that was counted, and how the loops of this process stand."""
        with self._lock:
            counted = [Point(name, labels, value) for (name, labels), value in self._counts.items()]
            timed = [Point(n, labels, total, tuple(b)) for (n, labels), (total, b) in self._times.items()]
        return (*counted, *timed, *_gauges())


def _gauges() -> Iterable[Point]:
    reads = ((RUNNING, standing.running), (WAITING_FOR, standing.waiting_for), (LAST_SETTLED, standing.last_settled))
    return [Point(one.name, labels, value) for one, read in reads for value, labels in read()]


def summed(points: Iterable[Point]) -> tuple[Point, ...]:
    """Return one point a series: counts and records in hand add up; a group waits where one of it waits, and settled
    last when any of it did."""
    found: dict[Key, Point] = {}
    for one in points:
        key = one.name, one.labels
        found[key] = _both(found[key], one) if key in found else one
    return tuple(found.values())


def _both(a: Point, b: Point) -> Point:
    if a.name == WAITING_FOR.name:
        return a._replace(value=max(a.value, b.value))
    if a.name == LAST_SETTLED.name:
        return a._replace(value=min(a.value, b.value))
    buckets = tuple(x + y for x, y in zip(a.buckets, b.buckets, strict=True))
    return a._replace(value=a.value + b.value, buckets=buckets)


def lasting(points: Iterable[Point]) -> tuple[Point, ...]:
    """Return what stays true of a process that has ended: its counts, not how its loops stood."""
    return tuple(one for one in points if BY_NAME[one.name].kind is not Kind.GAUGE)
