"""The gate on constructed answer tables: the real `compare` and the real `judge`, by the thousand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from streams.model_payloads import Judgement
from tests.prove.row import Row, row
from tests.training.gate.answer_tables import AXES, answers, comparison, correlation, make_bench
from training.gate import GateSettings, Spending, judge
from training.gate.sizes import Shape, items_for

SIMULATIONS = 1000
LOOKS = 5
CASES = 80
ITEMS = dict.fromkeys(AXES, 200)
GAIN = 0.1
SETTINGS = GateSettings()
EQUAL = GateSettings(spending=Spending.EQUAL, looks=LOOKS)
LARGE = (60_000, 24_000)
"""Items and cases of the bench on which it is measured how simulated answers hang together: as many a case as above."""
Gain = Mapping[str, float] | float


@row("gate")
def gate(_folder: Path) -> Row:
    """The three bars, and what the rules do at their edges."""
    result = Row(
        "the gate on constructed answer tables",
        f"{SIMULATIONS} simulations each: {sum(ITEMS.values())} items on {len(AXES)} axes of {CASES} uneven cases, "
        f"champion right on 60 %, delta {SETTINGS.delta}, alpha {SETTINGS.alpha}",
    )
    result.say(_hangs_together())
    _no_better(result)
    _better(result)
    _one_axis_worse(result)
    _edges(result)
    return result


def _no_better(result: Row) -> None:
    for settings in (SETTINGS, EQUAL):
        share = _promoted_in(0.0, range(1, LOOKS + 1), settings, seed=1)
        result.check(
            f"no better: promoted in {share:.1%} with all {LOOKS} looks ({settings.spending} spending)", share <= 0.05
        )


def _better(result: Row) -> None:
    share = _promoted_in(GAIN, (1,), SETTINGS, seed=2)
    result.check(f"truly better by {GAIN} on every axis: promoted in {share:.1%} at the first look", share >= 0.8)
    share = _promoted_in(GAIN, (LOOKS,), SETTINGS, seed=2)
    result.say(f"the same at look {LOOKS}: {share:.1%}")
    share = _promoted_in(GAIN, (LOOKS,), EQUAL, seed=2)
    result.say(f"the same at look {LOOKS} with equal spending: {share:.1%}")


def _one_axis_worse(result: Row) -> None:
    worse = -2 * SETTINGS.delta
    share = 1 - _promoted_in(dict.fromkeys(AXES, 0.25) | {AXES[1]: worse}, (1,), SETTINGS, seed=3)
    result.check(f"one axis worse by 2 delta, the others better by 0.25: refused in {share:.1%}", share >= 0.95)
    items = {AXES[0]: 300, AXES[1]: 60, AXES[2]: 240}
    share = 1 - _promoted_in(dict.fromkeys(AXES, 0.25) | {AXES[1]: worse}, (1,), SETTINGS, seed=3, items=items)
    result.say(f"the same on an axis of 60 items, too small to tell, by the stated rule: refused in {share:.1%}")


def _edges(result: Row) -> None:
    edge = dict.fromkeys(AXES, 0.25) | {AXES[1]: -SETTINGS.delta}
    share = _promoted_in(edge, (1,), SETTINGS, seed=4)
    result.check(f"one axis worse by just delta, the others better by 0.25: promoted in {share:.1%}", share <= 0.05)
    shape = _shape()
    needed = items_for(SETTINGS.delta, SETTINGS.confidence, shape)
    let = _let_through(needed, round(needed * LARGE[1] / LARGE[0]))
    result.check(
        f"an equal candidate on an axis of {needed} items (docs/gate.md's formula): passes {let:.1%}", let >= 0.77
    )
    poisoned = dict.fromkeys(AXES, 0.0) | {AXES[0]: -0.45}
    share = 1 - _promoted_in(poisoned, (1,), SETTINGS, seed=5)
    result.check(f"poisoned levels, right on 15 % of them: refused in {share:.1%}", share == 1)


def _promoted_in(
    gain: Gain, looks: range | tuple[int, ...], settings: GateSettings, seed: int, items: Mapping[str, int] = ITEMS
) -> float:
    """Return the share of simulations in which one of the looks promotes."""
    random, promoted = np.random.default_rng(seed), 0
    for _ in range(SIMULATIONS):
        bench = make_bench(random, items, CASES)
        verdicts = (judge(comparison(random, bench, gain), look, settings) for look in looks)
        promoted += any(one.judgement is Judgement.PROMOTED for one in verdicts)
    return promoted / SIMULATIONS


def _let_through(items: int, cases: int) -> float:
    """Return how often an axis of an equal candidate is found not worse than delta."""
    random, passed = np.random.default_rng(6), 0
    for _ in range(SIMULATIONS):
        made = comparison(random, make_bench(random, {AXES[0]: items}, cases))
        conditions = judge(made, 1, SETTINGS).numbers["conditions"]
        passed += next(one["met"] for one in conditions if one["condition"] == f"axis {AXES[0]}")
    return passed / SIMULATIONS


def _shape() -> Shape:
    """Return how the simulated answers hang together, as measured on one very large bench."""
    random = np.random.default_rng(7)
    bench = make_bench(random, {AXES[0]: LARGE[0]}, LARGE[1])
    candidate = answers(random, bench, np.full(len(bench.axes), bench.share))
    differences = candidate.astype(np.float64) - bench.champion
    sizes = np.bincount(bench.case_number)
    sizes = sizes[sizes > 0]
    return Shape(
        differ=float((differences != 0).mean()),
        case_items=float(sizes.mean()),
        uneven=float(sizes.std() / sizes.mean()),
        icc=correlation(differences, bench.case_number),
    )


def _hangs_together() -> str:
    random, shape = np.random.default_rng(8), _shape()
    bench = make_bench(random, {AXES[0]: LARGE[0]}, LARGE[1])
    of_answers = correlation(bench.champion.astype(np.float64), bench.case_number)
    return (
        f"inside a case, answers are correlated by {of_answers:.2f} and paired differences by {shape.icc:.2f}; "
        f"{shape.differ:.0%} of the items only one model has right"
    )
