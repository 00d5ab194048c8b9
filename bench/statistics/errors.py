"""Errors of the statistics: what cannot be told is said, and never a nan."""

from __future__ import annotations

from bench.errors import BenchError


class StatisticsError(BenchError):
    """Base of every error raised by `bench.statistics`."""


class NothingToScore(StatisticsError):
    """There is no item, so there is no score."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"{what} cannot be told: {why}")


class TableInvalid(StatisticsError):
    """An answer table is not one: columns of different lengths, an item twice, a value that is no score."""
