"""Intervals of means over items that come in cases: a share of right answers, and a paired difference."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from bench.statistics.clusters import Clusters, Column, clusters_of
from bench.statistics.errors import TableInvalid
from bench.statistics.estimate import Estimate, Method
from bench.statistics.intervals import LEVEL, Interval, wilson
from bench.statistics.quantiles import student

STEADY = 0.25
"""Of an average case, what is added to each side, right and wrong, before the interval of a share is made: an idea of
Agresti and Coull (The American Statistician 52, 1998) for cases. Of 40 cases the few that are wrong may all be missing,
which looks like little variance: without this, 3,000 benches at 0.9 were covered at 92.5 to 95.2 %, with it at 93.3 to
95.7 % (docs/statistics.md)."""


def score(values: Sequence[float] | Column, cases: Sequence[str], level: float = LEVEL) -> Estimate:
    """Return the mean of item scores (0 to 1; right is 1) with an interval that is right for the cases they come from.

    Every item its own case, and all of them 0 or 1: Wilson. Else the jackknife error over cases on the scale of the log
    odds with t, back on the scale of shares: near 0 and 1 the mean of few cases is skewed, and its log odds are much
    less so (Korn and Graubard, Survey Methodology 24, 1998, compare such intervals). As Wilson's does, the interval
    leans towards one half (`STEADY`). Raises NothingToScore, TableInvalid.
    """
    return score_of(clusters_of(scores(values), cases), level)


def score_of(groups: Clusters, level: float = LEVEL) -> Estimate:
    """Return what `score` does, of clusters that are made already."""
    share, error, freedom = groups.mean, groups.error(), groups.freedom
    if not freedom:
        return _estimate(groups, 0.0, Interval(0.0, 1.0), Method.ONE_CASE)
    if groups.items == groups.cases and bool(((groups.sums == 0) | (groups.sums == 1)).all()):
        return _estimate(groups, error, wilson(float(groups.sums.sum()), groups.items, level), Method.WILSON)
    if not error:
        alike, t = wilson(min(1.0, share) * groups.cases, groups.cases, level), student((1 + level) / 2, freedom)
        return _estimate(groups, (alike.high - alike.low) / 2 / t, alike, Method.ALIKE)
    return _estimate(groups, error, _by_log_odds(groups, level), Method.CLUSTERED)


def _by_log_odds(groups: Clusters, level: float) -> Interval:
    """Return the interval of a share whose cases differ; it holds the share itself."""
    more = STEADY * float(groups.sizes.mean())
    steadied = Clusters(
        np.append(groups.sizes, [more, more]), np.append(groups.sums, [more, 0.0]), groups.squares + more
    )
    share = steadied.mean
    reach = student((1 + level) / 2, steadied.freedom) * steadied.error() / (share * (1 - share))
    middle = math.log(share / (1 - share))
    return Interval(min(groups.mean, _share(middle - reach)), max(groups.mean, _share(middle + reach)))


def difference(
    candidate: Sequence[float] | Column, champion: Sequence[float] | Column, cases: Sequence[str], level: float = LEVEL
) -> Estimate:
    """Return the mean of candidate - champion over the same items (scores 0 to 1), with its clustered interval.

    The pairs take the items' difficulty out, the clusters keep what a case has in common. Raises NothingToScore,
    TableInvalid.
    """
    return difference_of(clusters_of(pairs(candidate, champion), cases), level)


def difference_of(groups: Clusters, level: float = LEVEL) -> Estimate:
    """Return what `difference` does, of the clusters of the items' differences.

    Where the cases do not differ at all (often: both models answer alike) the variance that can be seen is 0, which is
    no proof that the next case is the same. Then each case is one observation: the share of cases that are otherwise is
    at most Wilson's bound w of none in C, those might be -1 or 1, and the error is what gives that interval.
    """
    mean, error, freedom = groups.mean, groups.error(), groups.freedom
    if not freedom:
        return _estimate(groups, 0.0, Interval(-1.0, 1.0), Method.ONE_CASE)
    t = student((1 + level) / 2, freedom)
    if error:
        ends = Interval(max(-1.0, mean - t * error), min(1.0, mean + t * error))
        return _estimate(groups, error, ends, Method.CLUSTERED_DIFFERENCE)
    unseen = wilson(0, groups.cases, level).high
    ends = Interval((1 - unseen) * mean - unseen, (1 - unseen) * mean + unseen)
    return _estimate(groups, unseen / t, ends, Method.ALIKE)


def scores(values: Sequence[float] | Column) -> Column:
    """Return item scores as a column; raises TableInvalid where one is not between 0 and 1."""
    column = np.asarray(values, dtype=np.float64)
    if column.size and not (column.min() >= 0 and column.max() <= 1):
        raise TableInvalid("an item's score is a number between 0 and 1")
    return column


def pairs(candidate: Sequence[float] | Column, champion: Sequence[float] | Column) -> Column:
    """Return candidate - champion, item by item; raises TableInvalid for columns of two lengths or no scores."""
    ours, theirs = scores(candidate), scores(champion)
    if len(ours) != len(theirs):
        raise TableInvalid(f"{len(ours)} answers of the candidate beside {len(theirs)} of the champion")
    return ours - theirs


def _estimate(groups: Clusters, error: float, ends: Interval, method: Method) -> Estimate:
    return Estimate(groups.mean, *ends, error, groups.freedom, groups.items, groups.cases, method)


def _share(odds: float) -> float:
    """Return the share whose log odds are given; safe for odds of any size."""
    return 1 / (1 + math.exp(-odds)) if odds >= 0 else math.exp(odds) / (1 + math.exp(odds))
