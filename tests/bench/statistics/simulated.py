"""Benches with a known truth: cases of uneven size, whose items hang together by a known correlation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Random = np.random.Generator
Sizes = Callable[[Random, int], NDArray[np.int64]]


def uniform(random: Random, cases: int) -> NDArray[np.int64]:
    """Between 1 and 15 items a case."""
    return random.integers(1, 16, cases)


def geometric(random: Random, cases: int) -> NDArray[np.int64]:
    """Six items a case on average, most have few."""
    return random.geometric(1 / 6, cases)


def heavy(random: Random, cases: int) -> NDArray[np.int64]:
    """A few cases with very many items."""
    return np.maximum(1, np.round(random.lognormal(1.5, 0.8, cases))).astype(np.int64)


SIZES: dict[str, Sizes] = {"uniform 1-15": uniform, "geometric, mean 6": geometric, "log-normal, sigma 0.8": heavy}


def bench(
    random: Random, cases: int, share: float, icc: float, sizes: Sizes = geometric
) -> tuple[NDArray[np.float64], list[str]]:
    """Return answers (1 right, 0 wrong) and the case of each; `share` is the true share of right answers.

    Each case has a share of its own, of a beta distribution whose variance is icc * share * (1 - share): that is the
    correlation of two items of a case.
    """
    counts = sizes(random, cases)
    spread = (1 - icc) / icc
    own = random.beta(share * spread, (1 - share) * spread, cases)
    names = [f"case {number}" for number, count in enumerate(counts) for _ in range(count)]
    return (random.random(int(counts.sum())) < np.repeat(own, counts)).astype(np.float64), names
