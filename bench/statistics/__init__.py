"""The numbers of SpineBench with what they are worth: intervals by case, paired differences, totals, baselines.

Scores are shares between 0 and 1. What cannot be told is said by name (`Method`, `NothingToScore`), never by a nan.
Docs: docs/statistics.md.
"""

from bench.statistics.baselines import Beside, ScoreBeside, beside
from bench.statistics.bootstrap import DRAWS, difference_bootstrap, score_bootstrap
from bench.statistics.clustered import difference, score
from bench.statistics.comparison import ALL, Answer, compare
from bench.statistics.discordant import McNemar, mcnemar
from bench.statistics.errors import NothingToScore, StatisticsError, TableInvalid
from bench.statistics.estimate import Estimate, Method
from bench.statistics.intervals import Interval, wilson
from bench.statistics.total import PAPER_ITEMS, weighted_total
from bench.statistics.twins import LevelSwap, Twins, level_swap, twins_of

__all__ = [
    "ALL",
    "DRAWS",
    "PAPER_ITEMS",
    "Answer",
    "Beside",
    "Estimate",
    "Interval",
    "LevelSwap",
    "McNemar",
    "Method",
    "NothingToScore",
    "ScoreBeside",
    "StatisticsError",
    "TableInvalid",
    "Twins",
    "beside",
    "compare",
    "difference",
    "difference_bootstrap",
    "level_swap",
    "mcnemar",
    "score",
    "score_bootstrap",
    "twins_of",
    "weighted_total",
    "wilson",
]
