"""McNemar's test: whether two models differ on the same items, from the items that only one of them has right."""

from __future__ import annotations

from typing import NamedTuple

from bench.statistics.errors import TableInvalid


class McNemar(NamedTuple):
    """Two-sided p-values of 'both models are right equally often'. They hold where no two items share a case; where
    items do, `difference` is the one to read."""

    exact: float
    """The binomial of the items that differ; never too small, often too large."""
    mid_p: float
    """The exact one less half the probability of what was seen: close to its nominal level with few items."""


def mcnemar(gained: int, lost: int) -> McNemar:
    """Return McNemar's test of `gained` items that only the one and `lost` items that only the other has right.

    Exact: McNemar, Psychometrika 12, 1947, by the binomial. Mid-p: Fagerland, Lydersen and Laake, BMC Medical Research
    Methodology 13:91, 2013. Where no item differs both are 1. Raises TableInvalid for a negative count.
    """
    if min(gained, lost) < 0:
        raise TableInvalid(f"{gained} gained and {lost} lost: there are no fewer than no items")
    if not gained + lost:
        return McNemar(1.0, 1.0)
    from scipy.stats import binom

    fewer, differ = min(gained, lost), gained + lost
    both_tails = 2 * float(binom.cdf(fewer, differ, 0.5))
    seen = float(binom.pmf(fewer, differ, 0.5))
    if gained == lost:  # both tails hold the middle
        return McNemar(1.0, 1 - seen / 2)
    return McNemar(min(1.0, both_tails), both_tails - seen)
