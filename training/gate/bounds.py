"""One-sided bounds of a paired difference, from its clustered error."""

from __future__ import annotations

import math

from streams.model_payloads import AxisResult


def lower(result: AxisResult, confidence: float) -> float:
    """Return the value above which the true difference lies with a one-sided confidence (0 to 1, exclusive).

    `difference - t * error`, t with the degrees of freedom that are told with the error (else cases - 1), and never
    below -1. That it is too where nothing can be told: one case, no error, a value that is not finite.
    """
    return max(-1.0, result.difference - _reach(result, confidence)) if _told(result) else -1.0


def upper(result: AxisResult, confidence: float) -> float:
    """Return the value below which the true difference lies; 1 where nothing can be told."""
    return min(1.0, result.difference + _reach(result, confidence)) if _told(result) else 1.0


def student(share: float, freedom: float) -> float:
    """Return the value below which `share` (0 to 1) of Student's t with `freedom` (> 0) degrees lies."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, share))


def _told(result: AxisResult) -> bool:
    return result.cases > 1 and 0 < result.error < math.inf and math.isfinite(result.difference)


def _reach(result: AxisResult, confidence: float) -> float:
    return student(confidence, result.freedom or result.cases - 1) * result.error
