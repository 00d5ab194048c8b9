"""Counts and times of this process, where somebody wants them: off, a call costs one look at a variable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from streams.telemetry.instruments import Instrument

Labels = Sequence[str | None]
"""Values of an instrument's attributes, in their order; None leaves one out."""


class Meters(Protocol):
    """Keeps what is counted."""

    def count(self, instrument: Instrument, number: float, labels: Labels) -> None:
        """Add to a counter."""

    def observe(self, instrument: Instrument, value: float, labels: Labels) -> None:
        """Add a value to a histogram."""


_meters: Meters | None = None


def use(meters: Meters | None) -> None:
    """Count into `meters` from now on; None: count nothing."""
    global _meters
    _meters = meters


def on() -> bool:
    """Whether anything is counted."""
    return _meters is not None


def count(instrument: Instrument, number: float, *labels: str | None) -> None:
    """Add to a counter of this process."""
    if _meters is not None:
        _meters.count(instrument, number, labels)


def observe(instrument: Instrument, value: float, *labels: str | None) -> None:
    """Add a value (seconds) to a histogram of this process."""
    if _meters is not None:
        _meters.observe(instrument, value, labels)
