"""What a question and the evidence say of the options: one side of both, adjectives, words for any finding."""

from __future__ import annotations

import pytest
from planted_samples import CASES, item_of

from generation.checks import reasons_of
from generation.findings import render
from generation.items import Evidence, Option, PlannedItem, Role, Target
from generation.samples import Writing
from generation.sources import Language

LYSIS = Target(finding="spondylolysis", level="L5", side="bilateral")
TUMOUR = Target(finding="haemangioma", level="T10")
STENOSIS = Target(finding="lateral_recess_stenosis", level="L4/L5", side="left", grade="severity:moderate")
WRITING = Writing(level="L5", question="What does CT show?", rationale="It is stated.", citations=("s1",))


def item(target: Target, wrong: list[tuple[Role, dict[str, str]]], *sentences: str) -> PlannedItem:
    claims = [(Role.ANSWER, target), *((role, target.model_copy(update=changed)) for role, changed in wrong)]
    options = tuple(
        Option(id=letter, text=render(claim, Language.EN).split(" at ")[0], role=role, claim=claim)
        for letter, (role, claim) in zip("ABCD", claims, strict=False)
    )
    evidence = tuple(Evidence(id=f"s{n}", text=text, start=0, end=len(text)) for n, text in enumerate(sentences, 1))
    changes = {"target": target, "options": options, "answer": "A", "evidence": evidence, "support": ("s1",)}
    base: PlannedItem = item_of(CASES[0])
    return base.model_copy(update=changes)


def distractor_true(target: Target, wrong: dict[str, str], *sentences: str) -> bool:
    made = item(target, [(Role.OTHER_SIDE, wrong)], *sentences)
    return bool(reasons_of("distractors", made, WRITING))


def test_one_side_of_a_bilateral_target_is_not_the_best_answer() -> None:
    assert not distractor_true(LYSIS, {"side": "left"}, "CT shows bilateral spondylolysis of L5.")
    assert not distractor_true(LYSIS, {"side": "right"}, "CT shows bilateral spondylolysis of L5.", "L4 is intact.")


def test_one_side_that_a_sentence_names_may_be_true() -> None:
    both = "CT shows bilateral spondylolysis of L5."
    assert distractor_true(LYSIS, {"side": "left"}, both, "The left pars defect of L5 is the wider one.")
    assert distractor_true(LYSIS, {"side": "left"}, "The left one of the bilateral pars defects of L5 is wide.")


def test_bilateral_is_ambiguous_beside_a_one_sided_target() -> None:
    left = LYSIS.model_copy(update={"side": "left"})
    assert distractor_true(left, {"side": "right"}, "Left pars defect of L5.", "Bilateral spondylolysis of L5.")


def test_one_side_at_another_level_or_of_another_finding_stays_possible() -> None:
    both = "Bilateral spondylolysis of L4 and L5."
    assert distractor_true(LYSIS, {"level": "L4", "side": "left"}, both)
    recess = Target(finding="lateral_recess_stenosis", level="L4/L5", side="bilateral")
    wrong = {"finding": "foraminal_stenosis", "side": "left"}
    assert distractor_true(recess, wrong, "Bilateral foraminal and lateral recess stenosis at L4/L5.")


MARROW = item(
    TUMOUR,
    [(Role.OTHER_FINDING, {"finding": name}) for name in ("metastasis", "compression_fracture", "schmorl_node")],
    "A haemangioma in T10 contains fat.",
)
FRACTURE = item(
    Target(finding="burst_fracture", level="T12"),
    [(Role.OTHER_FINDING, {"finding": name}) for name in ("metastasis", "haemangioma", "schmorl_node")],
    "CT shows a burst fracture of T12.",
)


def asked(made: PlannedItem, question: str) -> tuple[str, ...]:
    writing = WRITING.model_copy(update={"question": question})
    return (*reasons_of("giveaway", made, writing), *reasons_of("asked", made, writing))


@pytest.mark.parametrize(
    ("made", "question", "expected"),
    [
        (MARROW, "What is the haemangiomatous lesion in T10 that contains fat?", ("answer-given-away",)),
        (MARROW, "What is the haemangiomatous lesion beside the disc bulge?", ("answer-given-away",)),
        (MARROW, "What is the metastatic change in T10 called?", ("off-target",)),
        (MARROW, "What is the metastatic lesion in T10 called?", ("off-target",)),
        (MARROW, "What is the tumour in T10 that contains fat?", ()),
        (MARROW, "What is the lesion in T10 that contains fat?", ()),
        (FRACTURE, "How would you name the lesion of T12 that CT shows?", ()),
        (FRACTURE, "How would you name the tumour of T12 that CT shows?", ("off-target",)),
        (FRACTURE, "How would you name the fractured vertebra on CT?", ("answer-given-away",)),
    ],
)
def test_what_a_question_calls_a_finding(made: PlannedItem, question: str, expected: tuple[str, ...]) -> None:
    assert asked(made, question) == expected


def test_how_severe_asks_for_a_grade_and_names_none() -> None:
    graded = item(
        STENOSIS,
        [(Role.OTHER_GRADE, {"grade": f"severity:{value}"}) for value in ("mild", "severe")],
        "Moderate left lateral recess stenosis at L4/L5 crowds the root.",
    )
    assert asked(graded, "How severe is the narrowing of the left lateral recess?") == ()
    assert asked(graded, "Which severe narrowing of the left lateral recess is seen?") == ("off-target",)
    question = WRITING.model_copy(update={"question": "How severe is the narrowing of the left lateral recess?"})
    assert reasons_of("grades", graded, question) == ()
    said = question.model_copy(update={"rationale": "The left lateral recess stenosis is severe."})
    assert reasons_of("grades", graded, said) == ("wrong-grade",)
