"""McNemar's test, beside those of statsmodels and scipy."""

from __future__ import annotations

import pytest
from scipy.stats import binom, binomtest
from statsmodels.stats.contingency_tables import mcnemar as of_statsmodels

from bench.statistics import TableInvalid, mcnemar

COUNTS = [(0, 1), (1, 0), (3, 3), (7, 1), (1, 7), (12, 30), (50, 50), (120, 90)]


@pytest.mark.parametrize(("gained", "lost"), COUNTS)
def test_the_exact_one_is_that_of_statsmodels_and_scipy(gained: int, lost: int) -> None:
    found = mcnemar(gained, lost).exact
    table = [[10, gained], [lost, 10]]
    assert found == pytest.approx(float(of_statsmodels(table, exact=True).pvalue), abs=1e-9)
    assert found == pytest.approx(float(binomtest(gained, gained + lost).pvalue), abs=1e-9)


@pytest.mark.parametrize(("gained", "lost"), COUNTS)
def test_mid_p_counts_half_of_what_was_seen(gained: int, lost: int) -> None:
    differ = gained + lost
    chances = [float(binom.pmf(k, differ, 0.5)) for k in range(differ + 1)]
    seen = chances[gained]
    more = sum(one for one in chances if one < seen - 1e-12)
    as_likely = sum(one for one in chances if abs(one - seen) <= 1e-12)
    assert mcnemar(gained, lost).mid_p == pytest.approx(more + as_likely / 2, abs=1e-9)


def test_no_difference_anywhere_is_no_evidence() -> None:
    assert mcnemar(0, 0) == (1.0, 1.0)


def test_fewer_than_none_are_refused() -> None:
    with pytest.raises(TableInvalid, match="-1 gained"):
        mcnemar(-1, 3)
