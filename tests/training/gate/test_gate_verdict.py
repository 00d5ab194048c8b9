"""The judgement of one comparison: each condition by itself."""

from __future__ import annotations

from typing import Any

import pytest
from scipy.stats import t

from streams.model_payloads import AxisResult, ComparisonMade, Judgement
from tests.training.gate.results import made, result
from training.gate import GateSettings, Spending, Undecided, judge

SMALL: dict[str, Any] = {"items": 40, "cases": 12}


def judged(
    *axes: AxisResult, look: int = 1, settings: GateSettings | None = None, **given: Any
) -> tuple[Judgement, list[str]]:
    verdict = judge(made(*axes, **given), look, settings or GateSettings())
    return verdict.judgement, [one for one in verdict.why if one.startswith("not met")]


def test_better_on_the_target_and_worse_nowhere_is_promoted() -> None:
    verdict = judge(made(result(), result("pathology"), result("level_identification", 0.0)), 1, GateSettings())
    assert verdict.judgement is Judgement.PROMOTED
    assert len(verdict.why) == 4
    assert all(one.startswith("met: ") for one in verdict.why)


def test_with_approval_asked_for_it_waits() -> None:
    assert judged(result(), settings=GateSettings(approve=True)) == (Judgement.WAITING, [])
    refused, _ = judged(result(difference=-0.1), settings=GateSettings(approve=True))
    assert refused is Judgement.REFUSED


def test_the_bound_is_students_at_what_the_look_may_spend() -> None:
    settings = GateSettings(spending=Spending.EQUAL, looks=5)
    edge = 0.02 * float(t.ppf(0.99, 59))
    assert judged(result(difference=edge + 1e-6), settings=settings)[0] is Judgement.PROMOTED
    assert judged(result(difference=edge - 1e-6), settings=settings)[0] is Judgement.REFUSED
    numbers = judge(made(), 1, settings).numbers
    assert numbers["spent"] == 0.01
    assert numbers["conditions"][0]["lower"] == pytest.approx(0.1 - edge)


def test_uneven_cases_ask_for_more() -> None:
    settings, edge = GateSettings(spending=Spending.EQUAL), 0.02 * float(t.ppf(0.99, 59))
    assert judged(result(difference=edge + 0.001), settings=settings)[0] is Judgement.PROMOTED
    assert judged(result(difference=edge + 0.001, freedom=20.0), settings=settings)[0] is Judgement.REFUSED


def test_a_later_look_asks_for_more() -> None:
    middling = result(difference=0.045)
    assert judged(middling, look=1)[0] is Judgement.PROMOTED
    refused, why = judged(middling, look=5)
    assert refused is Judgement.REFUSED
    assert "look 5 spends 0.0012 of 0.05" in why[0]


def test_when_equal_looks_are_used_up_nothing_is_promoted() -> None:
    refused, why = judged(result(difference=0.9), look=6, settings=GateSettings(spending=Spending.EQUAL, looks=5))
    assert refused is Judgement.REFUSED
    assert "take a new bench version" in why[0]


@pytest.mark.parametrize(
    ("difference", "error", "promoted"),
    [(0.0, 0.02, True), (-0.03, 0.02, True), (-0.06, 0.04, False), (0.0, 0.07, False), (-0.2, 0.02, False)],
)
def test_an_axis_that_can_tell_is_held_against_delta(difference: float, error: float, promoted: bool) -> None:
    found, why = judged(result(), result("pathology", difference, error))
    assert (found is Judgement.PROMOTED) is promoted
    assert bool(why) is not promoted


@pytest.mark.parametrize(("difference", "promoted"), [(-0.03, True), (-0.04, False)])
def test_an_axis_that_shows_it_worse_refuses_within_delta_too(difference: float, promoted: bool) -> None:
    """A large axis must not let pass what a small one refuses: 0.02 · t is 0.033."""
    found, why = judged(result(), result("level_identification", difference, 0.02))
    assert (found is Judgement.PROMOTED) is promoted
    if not promoted:
        assert "at most -0.007, which must not be below 0" in why[0]


def test_the_doubt_whether_an_axis_is_worse_is_shared_among_those_that_can_tell() -> None:
    one = result("level_identification", -0.04, 0.02)
    others = [result(f"axis-{number}", 0.0) for number in range(4)]
    assert judged(result(), one)[0] is Judgement.REFUSED
    assert judged(result(), one, *others)[0] is Judgement.PROMOTED


def test_delta_may_differ_by_axis() -> None:
    settings = GateSettings(deltas={"pathology": 0.03})
    assert judged(result(), result("surgical_planning", -0.02, 0.015), settings=settings)[0] is Judgement.PROMOTED
    refused, why = judged(result(), result("pathology", -0.02, 0.015), settings=settings)
    assert refused is Judgement.REFUSED
    assert "not worse than 0.03 on pathology" in why[0]


@pytest.mark.parametrize(
    ("rule", "difference", "promoted"),
    [
        (Undecided.SHOWN_WORSE, -0.05, True),
        (Undecided.SHOWN_WORSE, -0.2, False),
        (Undecided.ESTIMATE, -0.09, True),
        (Undecided.ESTIMATE, -0.11, False),
        (Undecided.REFUSE, 0.3, False),
    ],
)
def test_a_small_axis_follows_the_stated_rule(rule: Undecided, difference: float, promoted: bool) -> None:
    small = result("surgical_planning", difference, 0.08, **SMALL)
    verdict = judge(made(result(), small), 1, GateSettings(undecided=rule))
    assert (verdict.judgement is Judgement.PROMOTED) is promoted
    assert "not decidable, surgical_planning" in verdict.why[1]
    assert verdict.numbers["conditions"][1]["decidable"] is False


def test_many_small_axes_share_the_doubt() -> None:
    axis = result("level:L1", -0.16, 0.08, **SMALL)
    others = [result(f"level:L{number}", 0.0, 0.08, **SMALL) for number in range(2, 6)]
    assert judged(result(), axis)[0] is Judgement.REFUSED
    assert judged(result(), axis, *others)[0] is Judgement.PROMOTED


def test_many_small_cuts_do_not_drown_an_axis() -> None:
    axis = result("surgical_planning", -0.16, 0.08, **SMALL)
    cuts = [result(f"level:L{number}", 0.0, 0.08, **SMALL) for number in range(1, 6)]
    assert judged(result(), axis, *cuts)[0] is Judgement.REFUSED


@pytest.mark.parametrize("rule", [Undecided.SHOWN_WORSE, Undecided.ESTIMATE])
def test_an_axis_of_very_few_cases_is_shown_and_takes_no_part(rule: Undecided) -> None:
    tiny = [result(f"level:T{number}", -0.5, 0.01, items=8, cases=9) for number in range(1, 13)]
    assert judged(result(), *tiny, settings=GateSettings(undecided=rule))[0] is Judgement.PROMOTED
    heard = result("level:L1", -0.16, 0.08, **SMALL)
    assert judged(result(), heard, *tiny)[0] is Judgement.REFUSED


def test_the_strict_rule_asks_axes_to_tell_and_leaves_cuts_be() -> None:
    strict = GateSettings(undecided=Undecided.REFUSE)
    assert judged(result(), result("level:T12", 0.0, 0.08, **SMALL), settings=strict)[0] is Judgement.PROMOTED
    assert judged(result(), result("level:T12", -0.3, 0.08, **SMALL), settings=strict)[0] is Judgement.REFUSED
    one_case = result("surgical_planning", 0.0, 0.0, items=5, cases=1)
    assert judged(result(), one_case, settings=strict)[0] is Judgement.REFUSED


def test_bounds_stay_between_minus_one_and_one() -> None:
    wild = result("level:L1", 0.0, 0.9, **SMALL)
    numbers = judge(made(result(error=0.9), wild), 1, GateSettings()).numbers["conditions"]
    assert (numbers[0]["lower"], numbers[1]["upper"]) == (-1.0, 1.0)


def test_answering_wildly_does_not_make_an_axis_too_small_to_look_at() -> None:
    refused, why = judged(result(), result("pathology", -0.05, 0.3))
    assert refused is Judgement.REFUSED
    assert "not decidable" not in why[0]


def test_unreadable_answers_may_not_go_up() -> None:
    assert judged(candidate_failures=8, champion_failures=2)[0] is Judgement.PROMOTED
    refused, why = judged(candidate_failures=9, champion_failures=2)
    assert refused is Judgement.REFUSED
    assert "9 of the candidate, 2 of the champion" in why[0]


@pytest.mark.parametrize(
    "given",
    [
        {"cases": 1, "error": 0.0, "difference": 1.0},
        {"error": 0.0},
        {"cases": 19},
        {"difference": float("nan")},
        {"error": float("inf")},
    ],
)
def test_what_cannot_be_told_is_never_promoted(given: dict[str, Any]) -> None:
    assert judged(result(**given))[0] is Judgement.REFUSED


def test_a_small_axis_of_one_case_says_nothing_and_does_not_refuse() -> None:
    one = result("level:T12", -1.0, 0.0, items=5, cases=1)
    assert judged(result(), one)[0] is Judgement.PROMOTED


def test_a_comparison_without_its_target_is_refused() -> None:
    refused, why = judged(result("pathology"))
    assert refused is Judgement.REFUSED
    assert "no result called all" in why[0]


def test_a_target_of_its_own_leaves_the_whole_under_guard() -> None:
    settings = GateSettings(target="level_identification")
    better = result("level_identification", 0.2)
    assert judged(result(difference=0.0), better, settings=settings)[0] is Judgement.PROMOTED
    assert judged(result(difference=-0.2), better, settings=settings)[0] is Judgement.REFUSED


def test_two_results_of_one_name_are_refused() -> None:
    comparison: ComparisonMade = made(result(), result("pathology", -0.5), result("pathology", 0.5))
    verdict = judge(comparison, 1, GateSettings())
    assert verdict.judgement is Judgement.REFUSED
    assert "more than one result for pathology" in verdict.why[0]


def test_the_numbers_tell_what_it_was_held_against() -> None:
    numbers = judge(made(result(), result("pathology")), 3, GateSettings()).numbers
    assert numbers["look"] == 3
    assert numbers["settings"]["delta"] == 0.1
    assert [one["condition"] for one in numbers["conditions"]] == ["better", "axis pathology", "readable"]
