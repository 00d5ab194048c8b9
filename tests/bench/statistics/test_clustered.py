"""Means over items in cases: the errors of other packages, the jackknife done by hand, coverage, and what cannot be
told."""

from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_rel

from bench.statistics import Method, NothingToScore, TableInvalid, difference, score, wilson
from bench.statistics.clusters import Correction, clusters_of
from tests.bench.statistics.simulated import SIZES, bench

TABLES = st.lists(st.tuples(st.sampled_from("abcdefg"), st.booleans(), st.booleans()), min_size=1, max_size=60)


def a_bench(seed: int = 3, cases: int = 50, share: float = 0.7) -> tuple[np.ndarray, list[str]]:
    return bench(np.random.default_rng(seed), cases, share, 0.3)


def test_the_plain_error_is_that_of_statsmodels() -> None:
    values, cases = a_bench()
    groups = np.unique(cases, return_inverse=True)[1]
    fitted = sm.OLS(values, np.ones(len(values))).fit(cov_type="cluster", cov_kwds={"groups": groups})
    assert clusters_of(values, cases).error(Correction.CR1) == pytest.approx(float(fitted.bse[0]), abs=1e-9)
    assert clusters_of(values, cases).mean == pytest.approx(float(fitted.params[0]), abs=1e-9)


def test_the_error_is_the_jackknife_that_leaves_out_a_case_at_a_time() -> None:
    values, cases = a_bench()
    names = sorted(set(cases))
    left = np.array([values[[case != one for case in cases]].mean() for one in names])
    by_hand = math.sqrt((len(names) - 1) / len(names) * ((left - values.mean()) ** 2).sum())
    assert clusters_of(values, cases).error() == pytest.approx(by_hand, abs=1e-9)


def test_even_cases_have_one_degree_of_freedom_less_than_there_are() -> None:
    random = np.random.default_rng(4)
    even = clusters_of((random.random(120) < 0.6).astype(float), [str(number // 4) for number in range(120)])
    assert even.freedom == 29


def test_uneven_cases_that_hang_together_have_fewer() -> None:
    cases = ["large"] * 60 + [str(number // 2) for number in range(40)]
    alike = clusters_of([1.0] * 60 + [float(number // 2 % 2) for number in range(40)], cases)
    assert alike.correlation > 0.2
    assert 1 <= alike.freedom < 3


def test_the_correlation_inside_a_case_is_found() -> None:
    random = np.random.default_rng(9)
    assert clusters_of(*bench(random, 4000, 0.7, 0.3)).correlation == pytest.approx(0.3, abs=0.03)
    assert clusters_of(*bench(random, 4000, 0.7, 0.01)).correlation == pytest.approx(0.01, abs=0.02)


def test_without_cases_a_difference_is_the_paired_t_interval_of_scipy() -> None:
    random = np.random.default_rng(5)
    ours, theirs = (random.random((2, 120)) < [[0.7], [0.6]]).astype(float)
    found = difference(ours, theirs, [str(number) for number in range(120)])
    expected = ttest_rel(ours, theirs).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_without_cases_a_share_has_wilsons_interval() -> None:
    found = score([1.0] * 9 + [0.0] * 3, [str(number) for number in range(12)])
    assert (found.method, (found.low, found.high)) == (Method.WILSON, wilson(9, 12))


def test_an_interval_by_case_is_wider_than_one_that_forgets_cases() -> None:
    values, cases = a_bench()
    found, blind = score(values, cases), wilson(float(values.sum()), len(values))
    assert found.method is Method.CLUSTERED
    assert found.high - found.low > 1.3 * (blind.high - blind.low)


@pytest.mark.parametrize("share", [0.3, 0.9])
@pytest.mark.parametrize("sizes", SIZES)
def test_it_covers_the_truth_about_as_often_as_it_says(share: float, sizes: str) -> None:
    # Few benches, so the bars are wide; `make prove ROWS=statistics` has 2,000 and 95 % +- 2.
    random = np.random.default_rng(11)
    found = [score(*bench(random, 40, share, 0.3, SIZES[sizes])) for _ in range(300)]
    covered = sum(one.low <= share <= one.high for one in found) / len(found)
    assert 0.91 <= covered <= 0.985


def test_one_case_tells_nothing() -> None:
    found = score([1.0, 0.0, 1.0], ["a", "a", "a"])
    assert (found.low, found.high, found.error, found.method) == (0.0, 1.0, 0.0, Method.ONE_CASE)
    assert found.note == "one case only: no interval can be told"
    apart = difference([1.0, 1.0], [0.0, 0.0], ["a", "a"])
    assert (apart.value, apart.low, apart.high, apart.error) == (1.0, -1.0, 1.0, 0.0)


@pytest.mark.parametrize("right", [0.0, 1.0])
def test_all_alike_counts_each_case_once(right: float) -> None:
    found = score([right] * 30, [f"case {number % 10}" for number in range(30)])
    assert (found.method, (found.low, found.high)) == (Method.ALIKE, wilson(10 * right, 10))
    assert found.note


def test_cases_of_the_same_share_count_each_case_once() -> None:
    found = score([1.0, 0.0] * 12, [f"case {number // 2}" for number in range(24)])
    assert (found.method, (found.low, found.high)) == (Method.ALIKE, wilson(6, 12))


def test_answers_that_do_not_differ_still_leave_doubt() -> None:
    cases = [f"case {number // 4}" for number in range(80)]
    found = difference([1.0] * 80, [1.0] * 80, cases)
    unseen = wilson(0, 20).high
    assert (found.value, found.low, found.high) == pytest.approx((0.0, -unseen, unseen))
    assert found.error > 0


def test_a_difference_of_one_everywhere_is_bounded_by_one() -> None:
    cases = [f"case {number // 4}" for number in range(80)]
    found = difference([1.0] * 80, [0.0] * 80, cases)
    assert found.value == found.high == 1.0
    assert 0 < found.low < 1


@given(TABLES)
@settings(max_examples=150, deadline=None)
def test_no_table_gives_a_nan(table: list[tuple[str, bool, bool]]) -> None:
    cases = [case for case, _, _ in table]
    ours, theirs = [float(one) for _, one, _ in table], [float(one) for _, _, one in table]
    share, apart = score(ours, cases), difference(ours, theirs, cases)
    assert 0 <= share.low <= share.value + 1e-12
    assert share.value - 1e-12 <= share.high <= 1
    assert -1 <= apart.low <= apart.value + 1e-12
    assert apart.value - 1e-12 <= apart.high <= 1
    assert share.error >= 0
    assert apart.error >= 0


@given(TABLES)
@settings(max_examples=50, deadline=None)
def test_the_other_way_round_is_the_same_difference_with_its_sign_turned(table: list[tuple[str, bool, bool]]) -> None:
    cases = [case for case, _, _ in table]
    ours, theirs = [float(one) for _, one, _ in table], [float(one) for _, _, one in table]
    one, other = difference(ours, theirs, cases), difference(theirs, ours, cases)
    assert (one.value, one.low, one.high) == pytest.approx((-other.value, -other.high, -other.low), abs=1e-12)


def test_nothing_to_score_is_said() -> None:
    with pytest.raises(NothingToScore, match="there is no item"):
        score([], [])


@pytest.mark.parametrize(
    ("values", "cases", "fault"),
    [
        ([1.0], ["a", "b"], "1 values for 2 cases"),
        ([1.0, float("nan")], ["a", "b"], "between 0 and 1"),
        ([1.0, 2.0], ["a", "b"], "between 0 and 1"),
    ],
)
def test_a_column_that_is_none_is_refused(values: list[float], cases: list[str], fault: str) -> None:
    with pytest.raises(TableInvalid, match=fault):
        score(values, cases)
