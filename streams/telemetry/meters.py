"""The instruments made with OpenTelemetry's API; what reads them is the SDK's (`spinestream.telemetry`)."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

from opentelemetry.metrics import CallbackOptions, Meter, Observation

from streams.telemetry import standing
from streams.telemetry.instruments import (
    ALL,
    LAST_SETTLED,
    RUNNING,
    WAITING_FOR,
    Instrument,
    Kind,
)
from streams.telemetry.metering import Labels

Row = tuple[float, tuple[str, ...]]
"""A value now, and the values of its attributes."""
Read = Callable[[], Iterable[Row]]


class ApiMeters:
    """Every counter and histogram of `instruments`, and the gauges of the loops that run in this process."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._made: dict[str, Any] = {}
        for one in ALL:
            if one.kind is Kind.COUNTER:
                self._made[one.name] = meter.create_counter(one.name, one.unit, one.text)
            elif one.kind is Kind.HISTOGRAM:
                self._made[one.name] = meter.create_histogram(
                    one.name, one.unit, one.text, explicit_bucket_boundaries_advisory=list(one.bounds)
                )
        self.watch(RUNNING, standing.running)
        self.watch(WAITING_FOR, standing.waiting_for)
        self.watch(LAST_SETTLED, standing.last_settled)

    def count(self, instrument: Instrument, number: float, labels: Labels) -> None:
        """Add to a counter."""
        self._made[instrument.name].add(number, _named(instrument, labels))

    def observe(self, instrument: Instrument, value: float, labels: Labels) -> None:
        """Add a value to a histogram."""
        self._made[instrument.name].record(value, _named(instrument, labels))

    def watch(self, gauge: Instrument, read: Read) -> None:
        """Have a gauge tell what `read` returns whenever somebody looks."""
        look = functools.partial(_look, gauge, read)
        self._meter.create_observable_gauge(gauge.name, [look], gauge.unit, gauge.text)


def _look(gauge: Instrument, read: Read, _: CallbackOptions) -> Iterable[Observation]:
    return [Observation(value, _named(gauge, labels)) for value, labels in read()]


def _named(instrument: Instrument, labels: Labels) -> dict[str, str]:
    return {name: value for name, value in zip(instrument.attributes, labels, strict=True) if value is not None}
