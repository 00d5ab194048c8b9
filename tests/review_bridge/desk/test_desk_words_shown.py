"""Small decisions of the pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from review_bridge.desk.judging import REASONS, reason_of
from review_bridge.desk.queue_page import ago
from review_bridge.desk.writing import in_order


@pytest.mark.parametrize(("typed", "reason"), [("1", REASONS[0]), (" 6 ", REASONS[5]), ("0", "0"), ("7", "7")])
def test_a_number_stands_for_an_offered_reason(typed: str, reason: str) -> None:
    assert reason_of(typed) == reason


@pytest.mark.parametrize("typed", ["", "  ", "²", "2 options are right", "wrong"])
def test_other_words_stay_as_they_are(typed: str) -> None:
    assert reason_of(typed) == typed.strip()


@pytest.mark.parametrize(
    ("seconds", "told"), [(0, "0 s"), (-5, "0 s"), (89, "89 s"), (90, "1 min"), (7200, "2 h"), (864_000, "10 d")]
)
def test_how_long_ago(seconds: int, told: str) -> None:
    now = datetime(2026, 11, 24, tzinfo=UTC)
    assert ago(now - timedelta(seconds=seconds), now) == told


def test_what_is_asked_comes_before_what_is_answered_and_the_rest_in_its_order() -> None:
    assert in_order({"rationale": "r", "answer": "a", "question": "q"}) == ["question", "answer", "rationale"]
    assert in_order({"turns.0": "", "turns.1": "", "turns.10": ""}) == ["turns.0", "turns.1", "turns.10"]
