"""The case bootstrap: cases are drawn whole, the same seed gives the same ends, and it covers."""

from __future__ import annotations

import numpy as np
import pytest

from bench.statistics import Method, difference, difference_bootstrap, score, score_bootstrap
from bench.statistics.bootstrap import draw
from bench.statistics.clusters import Clusters, clusters_of
from tests.bench.statistics.simulated import bench, uniform


def test_draws_are_means_over_items_of_whole_cases() -> None:
    groups = clusters_of([1.0, 0.0, 0.0, 0.0], ["a", "b", "b", "b"])
    assert set(np.round(draw(groups, 1, 200).means, 6)) == {0.0, 0.25, 1.0}


def test_the_error_of_a_draw_is_that_of_its_table() -> None:
    values, cases = bench(np.random.default_rng(2), 12, 0.7, 0.3)
    groups = clusters_of(values, cases)
    found = draw(groups, 9, 3)
    # The same draws again, as tables: each case comes as often as it was drawn, under a name of its own.
    times = np.random.default_rng(9).multinomial(12, np.full(12, 1 / 12), size=3)
    for number, drawn in enumerate(times):
        picked = [one for one, often in enumerate(drawn) for _ in range(often)]
        table = Clusters(groups.sizes[picked], groups.sums[picked], 0.0)
        assert (table.mean, table.error()) == pytest.approx((found.means[number], found.errors[number]), abs=1e-12)


def test_the_same_seed_gives_the_same_ends() -> None:
    values, cases = bench(np.random.default_rng(2), 40, 0.7, 0.3)
    assert score_bootstrap(values, cases, seed=4) == score_bootstrap(values, cases, seed=4)
    assert score_bootstrap(values, cases, seed=4) != score_bootstrap(values, cases, seed=5)


def test_it_is_close_to_the_interval_by_formula() -> None:
    random = np.random.default_rng(8)
    values, cases = bench(random, 80, 0.6, 0.3, uniform)
    drawn, plain = score_bootstrap(values, cases, seed=1, draws=4000), score(values, cases)
    assert (drawn.low, drawn.high) == pytest.approx((plain.low, plain.high), abs=0.03)
    other = (random.random(len(values)) < 0.5).astype(float)
    drawn, plain = difference_bootstrap(values, other, cases, seed=1, draws=4000), difference(values, other, cases)
    assert (drawn.low, drawn.high) == pytest.approx((plain.low, plain.high), abs=0.03)
    assert drawn.method is Method.BOOTSTRAP


def test_it_covers_the_truth_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(13)
    found = [score_bootstrap(*bench(random, 40, 0.9, 0.3), seed=number, draws=500) for number in range(300)]
    assert 0.9 <= sum(one.low <= 0.9 <= one.high for one in found) / len(found) <= 0.985


@pytest.mark.parametrize(("cases", "method"), [("aaaa", Method.ONE_CASE), ("abcd", Method.ALIKE)])
def test_what_cannot_be_drawn_from_is_told_as_without_drawing(cases: str, method: Method) -> None:
    found = difference_bootstrap([1.0] * 4, [1.0] * 4, list(cases), seed=1)
    assert found == difference([1.0] * 4, [1.0] * 4, list(cases))
    assert found.method is method
