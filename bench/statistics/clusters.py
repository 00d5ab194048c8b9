"""Items in cases: the sums that every clustered statistic is made of, and the standard error that they give."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from bench.statistics.errors import NothingToScore, TableInvalid

Column = NDArray[np.float64]

NOTHING = 1e-9
"""A standard error below this is none: what is left of equal cases after rounding."""


class Correction(StrEnum):
    """What is done about the variance of few cases, which comes out too small by itself."""

    CR1 = "CR1"
    """Times C / (C - 1): what most packages print as `cluster`."""
    CR3 = "CR3"
    """The jackknife that leaves out a case at a time: on the safe side where cases are uneven."""


@dataclass(frozen=True, slots=True)
class Clusters:
    """Sizes (> 0) and sums of the cases, in one order; shape (cases,)."""

    sizes: Column
    sums: Column
    squares: float
    """Sum of the squares of all items."""

    @property
    def cases(self) -> int:
        """Number of cases."""
        return len(self.sizes)

    @property
    def items(self) -> int:
        """Number of items."""
        return int(self.sizes.sum())

    @property
    def mean(self) -> float:
        """Mean over items."""
        return float(self.sums.sum() / self.sizes.sum())

    def error(self, correction: Correction = Correction.CR3) -> float:
        """Return the standard error of the mean over items, robust to whatever hangs together inside a case.

        The mean is a ratio of sums over cases, so its residuals are `sum - mean * size` of each case. CR1: Liang and
        Zeger, Biometrika 73, 1986, with C / (C - 1). CR3: the delete-one jackknife (Bell and McCaffrey, Survey
        Methodology 28, 2002), here in closed form. 0 for one case, and where the cases do not differ.
        """
        cases, total = self.cases, float(self.sizes.sum())
        if cases < 2:
            return 0.0
        residuals = self.sums - self.mean * self.sizes
        if correction is Correction.CR1:
            variance = cases / (cases - 1) * float((residuals**2).sum()) / total**2
        else:
            variance = (cases - 1) / cases * float(((residuals / (total - self.sizes)) ** 2).sum())
        error = math.sqrt(variance)
        return error if error > NOTHING else 0.0

    @property
    def correlation(self) -> float:
        """Correlation of two items of a case, over all such pairs; 0 to 1, 0 where no case has two items."""
        residuals = self.sums - self.mean * self.sizes
        spread = self.squares - self.mean**2 * self.sizes.sum()
        pairs = float((self.sizes * (self.sizes - 1)).sum())
        if not pairs or spread <= NOTHING:
            return 0.0
        found = (float((residuals**2).sum()) - spread) / pairs / (spread / self.sizes.sum())
        return float(min(1.0, max(0.0, found)))

    @property
    def freedom(self) -> float:
        """Degrees of freedom of the error: cases - 1 where the cases are even, fewer where some weigh far more.

        Satterthwaite's, under items that correlate inside a case as they were seen to (Bell and McCaffrey, Survey
        Methodology 28, 2002; the correlation as Imbens and Kolesar, Review of Economics and Statistics 98, 2016).
        1 at least, for two cases or more; 0 for one.
        """
        if self.cases < 2:
            return 0.0
        within = self.correlation
        of_case = self.sizes * (1 - within) + self.sizes**2 * within
        weighed = of_case / (self.sizes.sum() - self.sizes) ** 2
        found = float(weighed.sum() ** 2 / (weighed**2).sum())
        return min(self.cases - 1.0, max(1.0, found))


def clusters_of(values: Sequence[float] | Column, cases: Sequence[str]) -> Clusters:
    """Return the clusters of a column of values and the case of each.

    Raises NothingToScore for an empty column, TableInvalid for columns of two lengths or a value that is not finite.
    """
    column = np.asarray(values, dtype=np.float64)
    if len(column) != len(cases):
        raise TableInvalid(f"{len(column)} values for {len(cases)} cases: every item has one of each")
    if not len(column):
        raise NothingToScore("a mean", "there is no item")
    if not np.isfinite(column).all():
        raise TableInvalid(f"value {int(np.argmin(np.isfinite(column)))} is not a finite number")
    # In the order in which they come, so that the same table gives the same bits.
    numbers: dict[str, int] = {}
    places = np.fromiter((numbers.setdefault(case, len(numbers)) for case in cases), dtype=np.intp, count=len(column))
    sizes, sums = np.bincount(places), np.bincount(places, weights=column)
    return Clusters(sizes.astype(np.float64), sums.astype(np.float64), float((column**2).sum()))
