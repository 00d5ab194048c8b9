"""Level-swap sensitivity: whether an answer follows the level when nothing but the level is exchanged.

Twins are two items of the same text with two levels exchanged, and the right answer exchanged with them. A model that
does not read the level gives both twins the same answer, so it cannot have both right.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from bench.statistics.clustered import score
from bench.statistics.errors import NothingToScore, TableInvalid
from bench.statistics.estimate import Estimate


class Twins(NamedTuple):
    """One pair, answered."""

    case: str
    """The case of both: they count as one."""
    original: bool
    """Whether the item as it was is answered right."""
    swapped: bool
    """Whether the one with the levels exchanged is."""


@dataclass(frozen=True, slots=True)
class LevelSwap:
    """What became of the pairs; the four shares add up to 1, intervals are clustered by case."""

    pairs: int
    both: Estimate
    """Right on both: the level was read."""
    original_only: Estimate
    """Right only as long as nothing was exchanged: the answer did not follow the level."""
    swapped_only: Estimate
    neither: Estimate


def level_swap(pairs: Iterable[Twins]) -> LevelSwap:
    """Return the shares of twin pairs by what was answered right; raises NothingToScore where there is no pair."""
    table = list(pairs)
    if not table:
        raise NothingToScore("level-swap sensitivity", "no item has a twin")
    cases = [one.case for one in table]

    def share(original: bool, swapped: bool) -> Estimate:
        return score([float((one.original, one.swapped) == (original, swapped)) for one in table], cases)

    return LevelSwap(len(table), share(True, True), share(True, False), share(False, True), share(False, False))


def twins_of(swaps: Mapping[str, str], right: Mapping[str, bool], cases: Mapping[str, str]) -> tuple[Twins, ...]:
    """Return the pairs of an answered bench.

    `swaps` gives the id of the swapped twin by the id of the item as it was; `right` and `cases` go by item. Raises
    TableInvalid where a twin is not answered: half a pair says nothing.
    """
    missing = sorted(one for pair in swaps.items() for one in pair if one not in right)
    if missing:
        raise TableInvalid(f"{len(missing)} twins are not answered, the first is {missing[0]}")
    return tuple(Twins(cases[item], right[item], right[twin]) for item, twin in sorted(swaps.items()))
