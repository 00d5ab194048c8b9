"""Answer tables with a known truth: uneven cases, items that are hard for both models, a champion and its candidates.

Whether a model is right is a normal variable above 0 whose parts are shared by all items of a case (for both models,
and for each on its own) and by both models on an item. The parts' variances add up to 1, so a model's true share
of right answers is exactly what is asked for, on every axis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from bench.statistics import Answer, compare
from streams.model_payloads import AdapterRef, ComparisonMade

Random = np.random.Generator
CASE, ITEM, CASE_OF_MODEL = 0.4, 0.2, 0.1
"""Shares of the variance; what is left is a model's own on an item."""
AXES = ("level_identification", "pathology", "surgical_planning")


@dataclass(frozen=True)
class Bench:
    """Items with their axis and case, and how well the champion does on them."""

    names: list[str]
    axes: list[str]
    cases: list[str]
    case_number: NDArray[np.int64]
    case_part: NDArray[np.float64]
    item_part: NDArray[np.float64]
    champion: NDArray[np.bool_]
    share: float
    """True share of right answers of the champion."""


def make_bench(random: Random, items: Mapping[str, int], cases: int, share: float = 0.6) -> Bench:
    """Return a bench of so many items an axis; a case has items of every axis, some have many and some have few."""
    weights = random.dirichlet(np.full(cases, 4.0))
    axes = [axis for axis, count in items.items() for _ in range(count)]
    number = random.choice(cases, size=len(axes), p=weights)
    case_part = random.normal(size=cases) * CASE**0.5
    item_part = random.normal(size=len(axes)) * ITEM**0.5
    bench = Bench(
        names=[f"item {one}" for one in range(len(axes))],
        axes=axes,
        cases=[f"case {one}" for one in number],
        case_number=number,
        case_part=case_part,
        item_part=item_part,
        champion=np.zeros(len(axes), dtype=bool),
        share=share,
    )
    bench.champion[:] = answers(random, bench, np.full(len(axes), share))
    return bench


def comparison(
    random: Random, bench: Bench, gain: Mapping[str, float] | float = 0.0, failures: int = 0, name: str = "spine@1"
) -> ComparisonMade:
    """Return the comparison of a candidate that is truly better than the champion by `gain` on each axis."""
    gains = gain if isinstance(gain, Mapping) else dict.fromkeys(bench.axes, gain)
    candidate = answers(random, bench, np.array([bench.share + gains[axis] for axis in bench.axes]))
    rows = [
        Answer(*one)
        for one in zip(bench.names, bench.cases, bench.axes, candidate.tolist(), bench.champion.tolist(), strict=True)
    ]
    return ComparisonMade(
        comparison=f"comparison of {name}",
        bench="b" * 64,
        candidate=adapter(name),
        champion="spine@0",
        table="c" * 64,
        axes=compare(rows),
        candidate_failures=failures,
    )


def adapter(name: str) -> AdapterRef:
    """Return a reference to an adapter that is nowhere."""
    return AdapterRef(
        name=name, digest="1" * 64, config="2" * 64, weights="3" * 64, model="small", model_digest="4" * 64
    )


def answers(random: Random, bench: Bench, shares: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which items a model has right, whose true share is given for each."""
    own_case = random.normal(size=len(bench.case_part)) * CASE_OF_MODEL**0.5
    own = random.normal(size=len(bench.axes)) * (1 - CASE - ITEM - CASE_OF_MODEL) ** 0.5
    latent = (bench.case_part + own_case)[bench.case_number] + bench.item_part + own
    found: NDArray[np.bool_] = latent > -ndtri(shares)
    return found


def correlation(values: NDArray[np.float64], numbers: NDArray[np.int64]) -> float:
    """Return the correlation of two items of a case, over all pairs of items that share one."""
    apart = values - values.mean()
    sums, squares, counts = (np.bincount(numbers, weights=one) for one in (apart, apart**2, np.ones(len(values))))
    return float((sums**2 - squares).sum() / (counts * (counts - 1)).sum() / values.var())
