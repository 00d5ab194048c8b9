"""The score interval of a count whose items do not hang together."""

from __future__ import annotations

import math
from typing import NamedTuple

from bench.statistics.errors import NothingToScore, TableInvalid
from bench.statistics.quantiles import normal

LEVEL = 0.95
"""Confidence of every two-sided interval unless another is asked for."""


class Interval(NamedTuple):
    """Two ends."""

    low: float
    high: float


def wilson(right: float, of: int, level: float = LEVEL) -> Interval:
    """Return the Wilson score interval of `right` out of `of` (Wilson, JASA 22, 1927, without continuity correction).

    It stays inside 0 to 1 and has a width at 0 and at `of` right answers. `right` may be a sum of shares, as where a
    case counts with the share of its items. Raises NothingToScore for no item, TableInvalid for more right than there
    are.
    """
    if of <= 0:
        raise NothingToScore("an interval", "there is no item")
    if not 0 <= right <= of:
        raise TableInvalid(f"{right} of {of} cannot be right")
    z2 = normal((1 + level) / 2) ** 2
    share = right / of
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = math.sqrt(z2 * (share * (1 - share) / of + z2 / (4 * of * of))) / (1 + z2 / of)
    # The ends at 0 and 1 are exact, rounding aside.
    return Interval(0.0 if right == 0 else middle - half, 1.0 if right == of else middle + half)
