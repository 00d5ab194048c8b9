"""What every statistic of the bench says: a value, its interval, and how the interval came about."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Method(StrEnum):
    """How an interval was made; the last two say that the data told too little for a better one."""

    WILSON = "wilson"
    """Score interval of a count, every item a case of its own."""
    CLUSTERED = "clustered"
    """Jackknife over cases, on the scale of the log odds, t with the degrees of freedom of uneven cases."""
    CLUSTERED_DIFFERENCE = "clustered difference"
    """Jackknife over cases of a mean difference, t with the degrees of freedom of uneven cases."""
    BOOTSTRAP = "case bootstrap"
    """Cases drawn with replacement; the ends where the studentised means of the draws end."""
    ALIKE = "all cases alike"
    """The cases do not differ, so no variance can be seen; each case counts as one observation (Wilson)."""
    ONE_CASE = "one case"
    """All items are of one case: nothing tells how another would do, the interval is the whole range."""


TOLD = {
    Method.ALIKE: "all cases alike: the interval counts each case once",
    Method.ONE_CASE: "one case only: no interval can be told",
}
"""What a reader is told beside a number that is weaker than it looks."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over items with its interval; shares are between 0 and 1, differences between -1 and 1."""

    value: float
    low: float
    high: float
    error: float
    """Standard error, robust to clusters; 0 where it cannot be told (one case)."""
    freedom: float
    """Degrees of freedom of the error: cases - 1, or fewer where cases are uneven; 0 for one case."""
    items: int
    cases: int
    method: Method

    @property
    def note(self) -> str:
        """A remark that belongs beside the number; empty where there is nothing to say."""
        return TOLD.get(self.method, "")
