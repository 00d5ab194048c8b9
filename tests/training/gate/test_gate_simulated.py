"""The gate on answer tables with a known truth: a few hundred of what `make prove ROWS=gate` does by the thousand."""

from __future__ import annotations

import numpy as np

from streams.model_payloads import Judgement
from tests.training.gate.answer_tables import AXES, comparison, make_bench
from training.gate import GateSettings, judge

ITEMS = dict.fromkeys(AXES, 150)


def test_a_candidate_that_is_no_better_is_rarely_promoted_in_five_looks() -> None:
    random, promoted = np.random.default_rng(21), 0
    for _ in range(60):
        bench = make_bench(random, ITEMS, 60)
        verdicts = (judge(comparison(random, bench), look, GateSettings()) for look in range(1, 6))
        promoted += any(one.judgement is Judgement.PROMOTED for one in verdicts)
    assert promoted <= 8  # 5 % of 60 is 3; more than 8 come once in a hundred such runs at most


def test_a_candidate_that_is_much_better_is_mostly_promoted() -> None:
    random, promoted = np.random.default_rng(22), 0
    for _ in range(60):
        verdict = judge(comparison(random, make_bench(random, ITEMS, 60), 0.12), 1, GateSettings())
        promoted += verdict.judgement is Judgement.PROMOTED
    assert promoted >= 40


def test_one_axis_that_is_worse_by_twice_delta_refuses_whatever_the_others_do() -> None:
    random, gains = np.random.default_rng(23), dict.fromkeys(AXES, 0.25) | {"pathology": -0.2}
    for _ in range(60):
        verdict = judge(comparison(random, make_bench(random, ITEMS, 60), gains), 1, GateSettings())
        assert verdict.judgement is Judgement.REFUSED
        assert any(one.startswith("not met: not worse than 0.1 on pathology") for one in verdict.why)


def test_a_poisoned_candidate_is_refused_by_its_numbers() -> None:
    # Trained on wrong levels: it answers worse than by chance where the level is asked, and as before elsewhere.
    random, gains = np.random.default_rng(24), dict.fromkeys(AXES, 0.0) | {"level_identification": -0.45}
    for _ in range(30):
        verdict = judge(comparison(random, make_bench(random, ITEMS, 60), gains), 1, GateSettings())
        assert verdict.judgement is Judgement.REFUSED


def test_a_broken_candidate_is_refused_by_its_numbers() -> None:
    # It answers nothing that can be read.
    random = np.random.default_rng(25)
    made = comparison(random, make_bench(random, ITEMS, 60), -0.59, failures=450)
    verdict = judge(made, 1, GateSettings())
    assert verdict.judgement is Judgement.REFUSED
    assert sum(one.startswith("not met") for one in verdict.why) == 5
