"""A score beside what needs no knowledge: chance, the most frequent answer, the question without its passage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.statistics.clustered import difference, score
from bench.statistics.clusters import Column
from bench.statistics.estimate import Estimate


@dataclass(frozen=True, slots=True)
class Beside:
    """A baseline and how far the score lies above it."""

    name: str
    """`chance`, `majority`, `blind` or another."""
    value: float
    """Its mean score on the same items, 0 to 1."""
    above: Estimate
    """Score - baseline, item by item, clustered by case."""

    @property
    def shown(self) -> bool:
        """Whether the score is above the baseline beyond doubt: the whole interval is."""
        return self.above.low > 0


@dataclass(frozen=True, slots=True)
class ScoreBeside:
    """A score and its baselines."""

    score: Estimate
    baselines: tuple[Beside, ...]


def beside(
    values: Sequence[float] | Column, cases: Sequence[str], baselines: Mapping[str, Sequence[float] | Column]
) -> ScoreBeside:
    """Return a score with its baselines, in the order given.

    A baseline is a column of scores of the same items: what it has right, or for chance the probability that a guess is
    right (1 / number of options). Raises NothingToScore, TableInvalid.
    """
    return ScoreBeside(
        score(values, cases),
        tuple(
            Beside(name, score(column, cases).value, difference(values, column, cases))
            for name, column in baselines.items()
        ),
    )
