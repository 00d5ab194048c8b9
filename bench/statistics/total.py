"""The total of a bench of several parts: each item weighs the same."""

from __future__ import annotations

from collections.abc import Mapping

from bench.statistics.errors import NothingToScore

PAPER_ITEMS: Mapping[str, int] = {"text": 294, "image": 193, "report": 87}
"""Items of each part of the published bench (arXiv 2510.03160)."""


def weighted_total(parts: Mapping[str, tuple[float, int]]) -> float:
    """Return the mean over all items of parts that are given as (mean score, number of items).

    With the paper's counts this is its total, (294 text + 193 image + 87 report) / 574. The unit is that of the scores;
    a part without items takes no part. Raises NothingToScore where no part has any, ValueError for a negative count.
    """
    if negative := sorted(name for name, (_, items) in parts.items() if items < 0):
        raise ValueError(f"a part cannot have fewer than no items: {', '.join(negative)}")
    items = sum(count for _, count in parts.values())
    if not items:
        raise NothingToScore("the total", f"no part has an item ({', '.join(parts) or 'there is no part'})")
    return sum(score * count for score, count in parts.values() if count) / items
