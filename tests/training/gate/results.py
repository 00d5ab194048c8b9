"""Comparisons written by hand."""

from __future__ import annotations

from typing import Any

from streams.model_payloads import AxisResult, ComparisonMade
from tests.training.gate.answer_tables import adapter


def result(axis: str = "all", difference: float = 0.1, error: float = 0.02, **given: Any) -> AxisResult:
    """Return a result of 300 items of 60 cases, where nothing else is said."""
    return AxisResult(
        **{
            "axis": axis,
            "items": 300,
            "cases": 60,
            "candidate": 0.6 + difference,
            "champion": 0.6,
            "difference": difference,
            "low": difference - 2 * error,
            "high": difference + 2 * error,
            "error": error,
            "gained": 60,
            "lost": 30,
            **given,
        }
    )


def made(*axes: AxisResult, name: str = "spine@1", champion: str = "spine@0", **given: Any) -> ComparisonMade:
    """Return a comparison with these results; `spine@1` beside `spine@0`."""
    return ComparisonMade(
        **{
            "comparison": f"{name} beside {champion}",
            "bench": "b" * 64,
            "candidate": adapter(name),
            "champion": champion,
            "table": "c" * 64,
            "axes": axes or (result(),),
            **given,
        }
    )
