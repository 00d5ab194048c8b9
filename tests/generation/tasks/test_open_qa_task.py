"""The open question: reasoning before the answer, an answer that states the plan's target, no options."""

from __future__ import annotations

import pytest
from task_samples import FACT, SETTINGS, draft_of, drafted, item_of, revise, revised

from generation.errors import OutputUnreadable
from generation.findings import render
from generation.items import Kind, PlannedItem
from generation.samples import Stands
from generation.sources import Language
from generation.tasks.open_qa import OpenQuestion

TASK = OpenQuestion()
ANSWER = "MRI showed a right foraminal disc protrusion at C6/C7."
STEPS = "The typist had numbness of the middle finger. MRI showed a right foraminal disc protrusion at C6/C7."


@pytest.fixture
def item() -> PlannedItem:
    return item_of(Kind.OPEN_QA)


def test_the_model_is_shown_the_fact_and_reasons_before_it_answers(item: PlannedItem) -> None:
    request = TASK.draft_request(item, SETTINGS)
    assert list(request.answer_schema["properties"]) == ["level", "citations", "rationale", "answer", "question"]
    assert f"Answer: {render(item.target, Language.EN)}" in request.turns[-1].text
    assert f"Fact [p1s2] {FACT}" in request.turns[-1].text
    revision = TASK.revise_request(item, draft_of(item, drafted(rationale=STEPS, answer=ANSWER)), SETTINGS)
    assert list(revision.answer_schema["properties"]) == ["rationale", "answer", "question", "citations", "verdicts"]
    assert STEPS in revision.turns[-1].text
    assert ANSWER in revision.turns[-1].text


def test_question_reasoning_and_answer_are_read_as_written(item: PlannedItem) -> None:
    writing = TASK.parse(item, drafted(rationale=STEPS, answer=ANSWER))
    assert (writing.rationale, writing.answer) == (STEPS, ANSWER)
    assert (writing.turns, writing.report) == ((), None)
    with pytest.raises(OutputUnreadable, match="'answer' is missing"):
        TASK.parse(item, drafted(rationale=STEPS))


def test_a_good_open_question_is_queued(item: PlannedItem) -> None:
    draft = draft_of(item, drafted(rationale=STEPS, answer=ANSWER))
    assert draft.reasons == ()
    better = "In the typist, a right foraminal disc protrusion was seen at C6/C7."
    revision = revise(item, draft, revised(rationale=STEPS, answer=better, kind=Kind.OPEN_QA))
    assert (revision.reasons, revision.stands) == ((), Stands.REVISION)
    assert revision.changed == ("answer", "citations")
    assert revision.provenance.prompt.startswith("open_qa_revise.en@")
    assert revision.provenance.criteria is not None
    assert revision.provenance.criteria.startswith("open_qa@")


@pytest.mark.parametrize(
    "answer",
    ["MRI showed a left foraminal disc protrusion at C6/C7.", "MRI showed a right disc protrusion at C5/C6."],
)
def test_an_answer_that_states_another_fact_is_held(item: PlannedItem, answer: str) -> None:
    draft = draft_of(item, drafted(rationale=STEPS, answer=answer))
    assert draft.reasons
    revision = revise(item, draft, revised(rationale=STEPS, answer=answer, kind=Kind.OPEN_QA))
    assert revision.reasons
    assert revision.writing == revision.parsed
