"""Quantiles of the normal and of Student's t (scipy is loaded when the first is asked for)."""

from __future__ import annotations


def normal(share: float) -> float:
    """Return the value below which `share` (0 to 1) of a standard normal lies."""
    from scipy.special import ndtri

    return float(ndtri(share))


def student(share: float, freedom: float) -> float:
    """Return the value below which `share` (0 to 1) of Student's t with `freedom` (> 0) degrees lies."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, share))
