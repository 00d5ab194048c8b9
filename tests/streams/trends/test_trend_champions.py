"""The line of champions and their challengers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from streams.model_payloads import Judgement, Move
from streams.trends.champions import Champions, band_of, champions_of
from tests.streams.trends.constructed import NOON, compared, judged, promoted, result

A, B = "spine@a", "spine@b"
HOUR = timedelta(hours=1)


def _found() -> Champions:
    comparisons = [
        compared(A, "", [result("all", 0.5, 0.1), result("level:L4/L5", 0.4, 0.2)], NOON, simulated=True),
        compared(B, A, [result("all", 0.61, -0.05)], NOON + 2 * HOUR),
    ]
    judgements = [judged(A, "", Judgement.PROMOTED, 1, NOON), judged(B, A, Judgement.REFUSED, 2, NOON)]
    back = promoted(2, "", A, NOON + 3 * HOUR, Move.ROLLED_BACK)
    return champions_of(comparisons, judgements, [back, promoted(1, A, "", NOON + HOUR)], [])


def test_each_comparison_and_each_change_is_a_point_of_the_line() -> None:
    found = _found()
    line = [(one.at - NOON, one.name, round(one.scores["all"].score, 3), one.simulated) for one in found.line]
    assert line == [
        (0 * HOUR, "", 0.5, False),
        (HOUR, A, 0.6, True),
        (2 * HOUR, A, 0.61, True),
        (3 * HOUR, "", 0.5, False),
    ]
    assert (found.champion, found.live, found.axes) == ("", None, ("all", "level:L4/L5"))
    assert [(one.judgement, one.look) for one in found.challengers] == [(Judgement.PROMOTED, 1), (Judgement.REFUSED, 2)]


def test_without_a_promotion_the_champion_is_the_one_that_was_compared_with() -> None:
    found = champions_of([compared(B, A, [result("all", 0.5, 0.1)], NOON)], [], [], [])
    assert (found.champion, found.challengers[0].judgement) == (A, None)
    assert champions_of([], [], [], []).champion is None


def test_a_comparison_beside_a_former_champion_is_no_point_of_the_line() -> None:
    comparisons = [
        compared(A, "", [result("all", 0.3, 0.3)], NOON),
        compared(B, "", [result("all", 0.3, 0.1)], NOON + 2 * HOUR),
    ]
    found = champions_of(comparisons, [], [promoted(1, A, "", NOON + HOUR)], [])
    assert [(one.name, round(one.scores["all"].score, 3)) for one in found.line] == [("", 0.3), (A, 0.6)]
    assert found.point is not None
    assert found.point.name == found.champion == A


def test_a_champion_that_was_never_scored_has_no_score() -> None:
    by_hand = [promoted(1, "spine@hand", "", NOON + HOUR)]
    found = champions_of([compared(A, "", [result("all", 0.3, 0.1)], NOON)], [], by_hand, [])
    assert (found.champion, found.point) == ("spine@hand", None)


def test_a_band_that_was_told_is_shown_and_another_is_wilsons_over_the_cases() -> None:
    plain = result("all", 0.5, 0.25, items=400, cases=40)
    band = band_of(plain, candidate=False)
    assert (band.told, band.score) == (False, 0.5)
    assert (round(band.low, 4), round(band.high, 4)) == (0.352, 0.648)  # Wilson's of 20 in 40
    told = plain.model_copy(update={"champion_low": 0.4, "champion_high": 0.6})
    assert (band_of(told, candidate=False).low, band_of(told, candidate=False).told) == (0.4, True)
    assert band_of(told, candidate=True).told is False


@pytest.mark.parametrize("cases", [0, 1, 3])
@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_a_band_is_never_outside_of_what_a_share_can_be(cases, share) -> None:
    band = band_of(result("all", share, 0.0, cases=max(cases, 1)).model_copy(update={"cases": cases}), candidate=False)
    assert 0 <= band.low <= share <= band.high <= 1
