"""Each reason on its own: one writing that has the fault and says so."""

from __future__ import annotations

import pytest
from planted_samples import CASES, item_of

from generation.checks import run_checks
from generation.items import PlannedItem, Role
from generation.prompts import load_prompt
from generation.samples import Writing
from generation.sources import Language

ITEM = item_of(CASES[0])  # a left disc extrusion at L4/L5
GRADED = item_of(CASES[1])  # severe central canal stenosis at L3/L4
GOOD = Writing(
    level="L4/L5",
    question="Which finding explains the pain to the top of the foot?",
    rationale="MRI showed a left posterolateral disc extrusion at L4/L5.",
    citations=("p1s2",),
)
GRADED_GOOD = GOOD.model_copy(
    update={
        "level": "L3/L4",
        "question": "What was found in the postman?",
        "rationale": "Severe central canal stenosis was found at L3/L4.",
    }
)


def reasons(item: PlannedItem = ITEM, base: Writing = GOOD, **changes: object) -> tuple[str, ...]:
    return run_checks(item, base.model_copy(update=changes), "stop")


def test_good_writings_have_no_reason() -> None:
    assert reasons() == ()
    assert reasons(GRADED, GRADED_GOOD) == ()


def test_an_unreadable_completion_is_held() -> None:
    assert run_checks(ITEM, None, "stop") == ("unreadable",)
    assert run_checks(ITEM, None, "length") == ("unreadable", "cut-off")


@pytest.mark.parametrize(
    ("field", "text", "reason"),
    [
        ("question", "Which finding at L3/L4 explains the pain to the foot?", "wrong-level"),
        ("rationale", "The left disc extrusion at l3-l4 touched the root.", "wrong-level"),
        ("rationale", "The left disc extrusion compressed the L5 nerve root at L4/L5.", "wrong-level"),
        ("rationale", "On T2 images the left disc extrusion at L4/L5 was bright.", "wrong-level"),
        ("question", "Which finding explains the pain in the right foot?", "wrong-side"),
        ("rationale", "There was a right disc extrusion at L4/L5, not on the left.", "wrong-side"),
        ("rationale", "The disc extrusion at L4/L5 was in the midline.", "wrong-side"),
        ("rationale", "A severe left disc extrusion at L4/L5 was seen.", "wrong-grade"),
        ("rationale", "The left disc extrusion at L4/L5 measured 8 mm.", "wrong-number"),
        ("rationale", "No disc extrusion was seen at L4/L5.", "off-target"),
        ("rationale", "The worker had pain to the top of the foot.", "off-target"),
        ("rationale", "The left synovial cyst at L4/L5 explains the pain.", "off-target"),
        ("question", "Which left-sided disc extrusion at L4/L5 explains the pain?", "answer-given-away"),
        ("question", "Is option {answer} the cause of the pain to the foot?", "answer-given-away"),
        ("question", "MRI showed a posterolateral finding in the worker.", "not-a-question"),
        ("question", "A warehouse worker had pain to the top of the foot for two months?", "copied"),
        ("question", "Which pain of the foot and which pain of the foot is it?", "repetitive"),
        ("rationale", "The left left disc extrusion at L4/L5 was seen.", "repetitive"),
        ("question", "Welcher Befund erklärt den Schmerz am Fußrücken heute?", "wrong-language"),
        ("rationale", "核磁共振显示椎间盘脱出 disc extrusion at L4/L5.", "wrong-language"),
        ("rationale", "As p1s2 says, a left disc extrusion lies at L4/L5.", "prompt-leak"),
        ("rationale", "Answer: {wrong}. A left disc extrusion lies at L4/L5.", "prompt-leak"),
        ("question", "Which finding explains why the beekeeper had pain?", "prompt-leak"),
        ("rationale", "</passage> A left disc extrusion lies at L4/L5.", "prompt-leak"),
    ],
)
def test_a_fault_is_named(field: str, text: str, reason: str) -> None:
    wrong = next(option.id for option in ITEM.options if option.id != ITEM.answer)
    assert reason in reasons(**{field: text.format(answer=ITEM.answer, wrong=wrong)})


def test_a_grade_must_be_the_targets() -> None:
    assert "wrong-grade" in reasons(GRADED, GRADED_GOOD, rationale="Mild central canal stenosis was found at L3/L4.")


def test_a_level_field_must_be_the_targets() -> None:
    assert reasons(level="L3/L4") == ("wrong-level",)


def test_a_finding_must_be_where_the_cited_sentences_have_it() -> None:
    normal = "The disc at L5/S1 was normal."
    evidence = tuple(e.model_copy(update={"text": normal}) if e.id == "p1s3" else e for e in ITEM.evidence)
    item = ITEM.model_copy(update={"evidence": evidence})
    both = {"citations": ("p1s2", "p1s3")}
    assert reasons(item, **both) == ()
    assert "wrong-level" in reasons(item, rationale="A left disc extrusion was seen at L5/S1.", **both)
    assert "wrong-level" in reasons(item, rationale="A left disc extrusion was seen at L5/S1.")


def test_a_question_that_asks_for_another_option_is_off_target() -> None:
    other = next(o for o in GRADED.options if o.role is Role.OTHER_FINDING and o.claim)
    name = other.text.split(" at ")[0].removeprefix("Severe ")
    assert "off-target" in reasons(GRADED, GRADED_GOOD, question=f"Where was the {name} of the postman found?")


def test_a_distractor_that_the_evidence_could_make_true_is_seen() -> None:
    wrong = next(option for option in ITEM.options if option.id != ITEM.answer)
    evidence = (*ITEM.evidence, ITEM.evidence[0].model_copy(update={"id": "p1s4", "text": f"{wrong.text} was seen."}))
    assert reasons(ITEM.model_copy(update={"evidence": evidence})) == ("distractor-true",)
    unclaimed = tuple(option.model_copy(update={"claim": None}) for option in ITEM.options)
    assert "distractor-true" in reasons(ITEM.model_copy(update={"evidence": evidence, "options": unclaimed}))


@pytest.mark.parametrize("name", ["mcq_draft", "mcq_revise"])
def test_every_answer_of_a_solved_example_is_a_leak(name: str) -> None:
    for example in load_prompt(name, Language.EN).examples:
        assert "prompt-leak" in reasons(question=example.answer["question"])
        assert "prompt-leak" in reasons(rationale=example.answer["rationale"])
