"""Errors of SpineBench. A message says what, where (ids, rows) and what to do."""

from __future__ import annotations


class BenchError(Exception):
    """Base of every error raised by `bench`."""


class ItemInvalid(BenchError):
    """An item that cannot be asked."""


class TableUnreadable(BenchError):
    """A TSV that is no benchmark's: the row and the column are named."""

    def __init__(self, row: int, column: str, fault: str) -> None:
        """`row` counts lines of data from 1; 0 is the header."""
        where = "the header" if row == 0 else f"row {row}"
        super().__init__(f"{where}, column {column!r}: {fault}")
        self.row = row
        self.column = column


class NoBench(BenchError):
    """There is no such version of SpineBench."""


class NotScored(BenchError):
    """A model has no answers to a version yet."""


class CannotScore(BenchError):
    """A model cannot be scored: other weights than were asked for, or an engine that does not tell likelihoods."""
