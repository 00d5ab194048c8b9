"""Numbers of the engine actors at the listener of their manager, which they are reported to; and those of the pools."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from actors.pools.member import State
from actors.pools.notes import MemberNote, PoolNote
from spinestream.telemetry.catalogue import exported_of
from streams.telemetry.instruments import ACTORS, PAUSED, SILENT, Instrument, Kind
from streams.telemetry.meters import ApiMeters, Row
from streams.telemetry.tally import BY_NAME, Point, lasting, summed


class ActorNumbers(Collector):
    """Adds up what the actors of all pools report; what an actor that is gone had counted stays counted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pools: tuple[PoolNote, ...] = ()
        self._last: dict[str, tuple[Point, ...]] = {}
        self._gone: tuple[Point, ...] = ()

    def see(self, notes: Sequence[PoolNote]) -> None:
        """Take what the manager knows of its pools now."""
        members = {one.id: one for pool in notes for one in pool.members}
        with self._lock:
            self._pools = tuple(notes)
            left = [points for name, points in self._last.items() if name not in members]
            if left:
                self._gone = summed([*self._gone, *(one for points in left for one in lasting(points))])
            self._last = {
                name: one.report.numbers if one.report is not None else self._last.get(name, ())
                for name, one in members.items()
            }

    def points(self) -> tuple[Point, ...]:
        """Return every series of all actors."""
        with self._lock:
            return summed([*self._gone, *(one for points in self._last.values() for one in points)])

    def watched_by(self, meters: ApiMeters) -> None:
        """Have the gauges of the pools told."""
        meters.watch(SILENT, self.silent)
        meters.watch(ACTORS, self.actors)
        meters.watch(PAUSED, self.paused)

    def silent(self) -> list[Row]:
        """Return the longest silence (s) of the engines of each pool."""
        return [(max(map(_silence, pool.members), default=0.0), (pool.name,)) for pool in self._pools]

    def actors(self) -> list[Row]:
        """Return how many actors of each pool are in each state."""
        return [
            (float(sum(one.state == state for one in pool.members)), (pool.name, str(state)))
            for pool in self._pools
            for state in State
        ]

    def paused(self) -> list[Row]:
        """Return 1 or 0 for each stage of each pool: whether an actor was asked to take no records of it."""
        return [
            (float(any(stage in _paused(one) for one in pool.members)), (pool.name, stage))
            for pool in self._pools
            for stage in pool.stages
        ]

    def collect(self) -> Iterator[Metric]:
        """Yield the families for Prometheus."""
        by_name: dict[str, list[Point]] = {}
        for one in self.points():
            by_name.setdefault(one.name, []).append(one)
        for name, points in sorted(by_name.items()):
            yield _family(BY_NAME[name], points)


def _silence(one: MemberNote) -> float:
    return one.report.silent_seconds if one.report else 0.0


def _paused(one: MemberNote) -> Collection[str]:
    return one.report.paused if one.report else ()


def _family(instrument: Instrument, points: Iterable[Point]) -> Metric:
    name = exported_of(instrument).name
    if instrument.kind is Kind.HISTOGRAM:
        times = HistogramMetricFamily(name, instrument.text, labels=instrument.attributes)
        for one in points:
            times.add_metric(_labels(one), _added_up(instrument, one), one.value)
        return times
    kind = CounterMetricFamily if instrument.kind is Kind.COUNTER else GaugeMetricFamily
    family = kind(name, instrument.text, labels=instrument.attributes)
    for one in points:
        family.add_metric(_labels(one), one.value)
    return family


def _labels(one: Point) -> list[str]:
    return [value or "" for value in one.labels]


def _added_up(instrument: Instrument, one: Point) -> list[tuple[str, float]]:
    """Return the buckets as Prometheus has them: each holds those below it."""
    total, told = 0, []
    for bound, number in zip((*map(str, instrument.bounds), "+Inf"), one.buckets, strict=True):
        total += number
        told.append((bound, float(total)))
    return told
