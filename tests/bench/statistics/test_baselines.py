"""A score beside chance, majority and blind."""

from __future__ import annotations

import numpy as np

from bench.statistics import beside
from tests.bench.statistics.simulated import bench


def test_a_score_is_shown_above_what_it_is_above() -> None:
    random = np.random.default_rng(6)
    right, cases = bench(random, 60, 0.7, 0.3)
    blind = (random.random(len(right)) < 0.3).astype(float)
    found = beside(right, cases, {"chance": [0.25] * len(right), "blind": blind, "itself": right})
    assert [one.name for one in found.baselines] == ["chance", "blind", "itself"]
    assert [one.shown for one in found.baselines] == [True, True, False]
    assert found.baselines[0].value == 0.25
    assert abs(found.baselines[0].above.value - (found.score.value - 0.25)) < 1e-12


def test_a_guesser_is_not_above_chance() -> None:
    random = np.random.default_rng(7)
    right, cases = bench(random, 60, 0.25, 0.02)
    [chance] = beside(right, cases, {"chance": [0.25] * len(right)}).baselines
    assert not chance.shown
    assert chance.above.low < 0 < chance.above.high
