"""Whether intervals cover what they say, on simulated benches with a known truth; agreement with other packages."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import statsmodels.api as sm
from numpy.typing import NDArray
from scipy.stats import binomtest, ttest_rel
from statsmodels.stats.contingency_tables import mcnemar as of_statsmodels
from statsmodels.stats.proportion import proportion_confint

from bench.statistics import Estimate, difference, mcnemar, score, score_bootstrap, wilson
from bench.statistics.clusters import Correction, clusters_of
from tests.bench.statistics.simulated import SIZES, bench
from tests.prove.row import Row, row

BENCHES = 2000
CASES = 40
SHARES = (0.3, 0.7, 0.9)
ICC = 0.3
Make = Callable[[NDArray[np.float64], list[str]], Estimate]


@row("statistics")
def statistics(_folder: Path) -> Row:
    """Coverage of the clustered intervals, and agreement to 1e-9."""
    result = Row(
        "statistics: coverage and agreement",
        f"{BENCHES} simulated benches each, {CASES} cases of uneven size, beta-binomial answers, seed 1",
    )
    began = time.monotonic()
    for share, sizes in itertools.product(SHARES, SIZES):
        _coverage(result, "by case", score, share, sizes, ICC)
    result.say(f"{time.monotonic() - began:.0f} s for {len(SHARES) * len(SIZES) * BENCHES} benches")
    for share in SHARES:
        _coverage(result, "case bootstrap, 1000 draws", _drawn, share, "geometric, mean 6", ICC)
        _coverage(result, "by case, correlation 0.6", score, share, "geometric, mean 6", 0.6)
    _paired(result)
    _blind(result)
    _agreement(result)
    return result


def _drawn(values: NDArray[np.float64], cases: list[str]) -> Estimate:
    return score_bootstrap(values, cases, seed=len(values), draws=1000)


def _coverage(result: Row, name: str, make: Make, share: float, sizes: str, icc: float) -> None:
    random = np.random.default_rng(1)
    found = [make(*bench(random, CASES, share, icc, SIZES[sizes])) for _ in range(BENCHES)]
    covered = sum(one.low <= share <= one.high for one in found) / BENCHES
    width = sum(one.high - one.low for one in found) / BENCHES
    result.check(
        f"{name}: {sizes} items a case, ICC {icc}, p {share}: covers {covered:.1%}, mean width {width:.3f}",
        abs(covered - 0.95) <= 0.02,
    )


def _paired(result: Row) -> None:
    random, inside = np.random.default_rng(2), 0
    for _ in range(BENCHES):
        ours, cases = bench(random, CASES, 0.7, ICC)
        theirs = np.where(random.random(len(ours)) < 0.6, ours, random.random(len(ours)) < 0.5)
        found = difference(ours, theirs, cases)
        inside += found.low <= 0.4 * (0.7 - 0.5) <= found.high
    result.check(f"paired difference by case: covers {inside / BENCHES:.1%}", abs(inside / BENCHES - 0.95) <= 0.02)


def _blind(result: Row) -> None:
    """Say what an interval that forgets the cases would have covered: the reason for all this."""
    random, inside = np.random.default_rng(1), 0
    for _ in range(BENCHES):
        values, _cases = bench(random, CASES, 0.7, ICC)
        ends = wilson(float(values.sum()), len(values))
        inside += ends.low <= 0.7 <= ends.high
    result.say(f"Wilson on the same benches, as if items hung together by nothing: covers {inside / BENCHES:.1%}")


def _agreement(result: Row) -> None:
    random = np.random.default_rng(3)
    worst = dict.fromkeys(("Wilson", "exact McNemar", "clustered error (CR1)", "paired t without cases"), 0.0)
    for _ in range(200):
        values, cases = bench(random, CASES, 0.7, ICC)
        right, of = int(values.sum()), len(values)
        theirs = binomtest(right, of).proportion_ci(method="wilson")
        both = (theirs.low, theirs.high, *proportion_confint(right, of, method="wilson"))
        _worse(worst, "Wilson", [*wilson(right, of)] * 2, both)
        gained, lost = (int(one) for one in random.integers(0, 60, 2))
        if gained + lost:
            table = of_statsmodels([[9, gained], [lost, 9]], exact=True).pvalue
            exact = mcnemar(gained, lost).exact
            _worse(worst, "exact McNemar", [exact] * 2, (table, binomtest(gained, gained + lost).pvalue))
        groups = np.unique(cases, return_inverse=True)[1]
        fitted = sm.OLS(values, np.ones(of)).fit(cov_type="cluster", cov_kwds={"groups": groups})
        _worse(worst, "clustered error (CR1)", [clusters_of(values, cases).error(Correction.CR1)], (fitted.bse[0],))
        other = (random.random(of) < 0.6).astype(float)
        alone, paired = difference(values, other, [str(one) for one in range(of)]), ttest_rel(values, other)
        interval = paired.confidence_interval()
        _worse(worst, "paired t without cases", [alone.low, alone.high], (interval.low, interval.high))
    for name, apart in worst.items():
        result.check(f"{name}: {apart:.1e} from scipy and statsmodels at most", apart <= 1e-9)


def _worse(worst: dict[str, float], name: str, ours: list[float], theirs: tuple[float, ...]) -> None:
    apart = max(abs(one - other) for one, other in zip(ours, theirs, strict=True))
    worst[name] = max(worst[name], apart)
