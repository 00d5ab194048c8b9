"""Wilson's interval, beside those of scipy and statsmodels."""

from __future__ import annotations

import pytest
from scipy.stats import binomtest
from statsmodels.stats.proportion import proportion_confint

from bench.statistics import NothingToScore, TableInvalid, wilson

COUNTS = [(0, 1), (1, 1), (0, 40), (40, 40), (1, 40), (20, 40), (263, 294), (163, 193), (426, 487)]


@pytest.mark.parametrize(("right", "of"), COUNTS)
@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_it_is_the_interval_of_scipy_and_statsmodels(right: int, of: int, level: float) -> None:
    ours = wilson(right, of, level)
    theirs = binomtest(right, of).proportion_ci(level, method="wilson")
    assert ours == pytest.approx((theirs.low, theirs.high), abs=1e-9)
    assert ours == pytest.approx(proportion_confint(right, of, 1 - level, method="wilson"), abs=1e-9)


def test_none_right_and_all_right_still_have_a_width() -> None:
    assert wilson(0, 40).low == 0.0 < wilson(0, 40).high
    assert wilson(40, 40).low < 1.0 == wilson(40, 40).high


def test_no_item_has_no_interval() -> None:
    with pytest.raises(NothingToScore, match="there is no item"):
        wilson(0, 0)


@pytest.mark.parametrize("right", [-1, 5])
def test_more_right_than_there_are_is_refused(right: int) -> None:
    with pytest.raises(TableInvalid, match="of 4"):
        wilson(right, 4)
