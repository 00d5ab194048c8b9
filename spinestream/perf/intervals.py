"""The interval of a mean of few measurements."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from statistics import fmean, stdev

# Student's t, 97.5 % quantile, by degrees of freedom (NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2).
_T975 = (
    (1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (5, 2.571), (6, 2.447), (7, 2.365), (8, 2.306), (9, 2.262),
    (10, 2.228), (12, 2.179), (15, 2.131), (20, 2.086), (30, 2.042), (60, 2.000),
)  # fmt: skip


def lower_end(values: Sequence[float]) -> float:
    """Return the lower end of the two-sided 95 % interval of the mean; nan for fewer than two values.

    Between the degrees of freedom of the table the next smaller one counts, which makes the interval wider.
    """
    if len(values) < 2:
        return float("nan")
    t = max((freedom, quantile) for freedom, quantile in _T975 if freedom <= len(values) - 1)[1]
    return fmean(values) - t * stdev(values) / sqrt(len(values))
