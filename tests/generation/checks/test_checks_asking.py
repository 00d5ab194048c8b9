"""Questions that yes or no answers, and those that only look like them."""

from __future__ import annotations

import pytest
from planted_kinds import planted_good

from generation.checks import reasons_of
from generation.items import Kind
from generation.samples import Writing

ITEM = next(planted_good(Kind.OPEN_QA)).item


def reasons(question: str) -> list[str]:
    writing = Writing(level="L4/L5", question=question, rationale="", citations=())
    return list(reasons_of("asking", ITEM, writing))


@pytest.mark.parametrize(
    "question",
    [
        "Is there a disc extrusion at L4/L5?",
        "Isn't the canal narrow at L3/L4?",
        "A man fell from a roof. Does the MRI explain his pain?",
        "In this patient, was the slip 3.5 mm?",
        "And could it be treated without an operation?",
        "L4/L5节段是否存在椎间盘突出？",
        "患者有无神经根受压？",
        "患者摔伤后腰痛。这是椎体骨折引起的吗？",
    ],
)
def test_a_question_that_yes_answers_is_held(question: str) -> None:
    assert reasons(question) == ["yes-or-no"]


@pytest.mark.parametrize(
    "question",
    [
        "Which finding at L4/L5 is likely?",
        "The MRI is back. What does it show?",
        "Is the extrusion at L4/L5 or at L5/S1?",
        "At L4/L5, is it clear which side is affected?",
        "患者的L4/L5节段存在哪种病变？",
        "病变位于左侧还是右侧？",
        "是否存在滑脱，程度如何？",
        "以下哪项最能解释患者的症状？",
        "",
    ],
)
def test_a_question_that_asks_for_more_is_not(question: str) -> None:
    assert reasons(question) == []
