"""The multiple choice task: requests built from the item, the best candidate chosen, revisions settled by rule."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator
from task_samples import QUESTION, SETTINGS, answer, draft_of, drafted, item_of, revise, revised

from generation.criteria import load_criteria
from generation.errors import GenerationError, OutputUnreadable
from generation.findings import vocabulary
from generation.ids import digest
from generation.items import Kind, PlannedItem
from generation.samples import Stands
from generation.tasks import GenerationSettings, small_model_profile, task, task_for
from generation.tasks.mcq import MultipleChoice

TASK = MultipleChoice()
SMALL = small_model_profile()


@pytest.fixture
def item() -> PlannedItem:
    return item_of()


@pytest.mark.parametrize("settings", [SETTINGS, SMALL], ids=["general", "small"])
def test_requests_hold_the_item_as_a_schema(item: PlannedItem, settings: GenerationSettings) -> None:
    request = TASK.draft_request(item, settings)
    Draft202012Validator.check_schema(request.answer_schema)
    fields = request.answer_schema["properties"]
    assert fields["level"]["enum"] == ["C5/C6", "C6/C7"]
    assert fields["citations"]["items"]["enum"] == ["p1s1", "p1s2", "p1s3"]
    assert fields["citations"]["prefixItems"] == [{"type": "string", "enum": ["p1s2"]}]
    assert fields["citations"]["minItems"] == 1
    assert request.id == f"{item.id}/draft/0"
    assert request.candidates == settings.draft_candidates
    shown = request.turns[-1].text
    assert all(option.text in shown for option in item.options)
    assert all(sentence.text in shown for sentence in item.evidence)
    revision = TASK.revise_request(item, draft_of(item, drafted()), settings, 2)
    Draft202012Validator.check_schema(revision.answer_schema)
    assert revision.id == f"{item.id}/revise/2"
    assert set(revision.answer_schema["properties"]) == {"rationale", "question", "citations", "verdicts"}
    assert QUESTION in revision.turns[-1].text


def test_a_request_is_the_same_every_time_and_seeds_differ(item: PlannedItem) -> None:
    one = TASK.draft_request(item, SETTINGS)
    assert one == TASK.draft_request(item, SETTINGS)
    assert one.digest() != TASK.draft_request(item, SMALL).digest()
    assert one.seed != TASK.draft_request(item, SETTINGS, 1).seed


@pytest.mark.parametrize("field", ["question", "rationale"])
def test_question_and_rationale_are_free_text_within_bounds(item: PlannedItem, field: str) -> None:
    for request in (TASK.draft_request(item, SMALL), TASK.revise_request(item, draft_of(item, drafted()), SMALL)):
        schema = request.answer_schema["properties"][field]
        assert set(schema) == {"type", "minLength", "maxLength"}
        assert schema["type"] == "string"
        assert 0 < schema["minLength"] < schema["maxLength"]


def test_the_checks_choose_the_candidate(item: PlannedItem) -> None:
    draft = draft_of(item, "{", drafted(question="Which?"), drafted(), drafted(level="C5/C6"))
    assert (draft.raw, draft.reasons, draft.provenance.chosen) == (drafted(), (), 2)
    assert draft.parsed is not None
    assert draft.parsed.question in draft.raw
    assert draft.digest == digest(draft.raw.encode())
    assert (draft.provenance.candidates, draft.provenance.output_tokens, draft.round) == (4, 28, 0)
    assert draft.provenance.prompt.startswith("mcq_draft.en@")
    near = drafted(rationale="A right disc protrusion at C6/C7 was seen.")
    assert draft_of(item, near, drafted()).provenance.chosen == 1
    assert draft_of(item, drafted(), drafted()).provenance.chosen == 0


def test_a_draft_that_nobody_can_read_is_a_draft(item: PlannedItem) -> None:
    draft = TASK.make_draft(item, answer("{", '"', finish="length"), TASK.draft_request(item, SETTINGS), 1, "h")
    assert (draft.parsed, draft.reasons, draft.raw) == (None, ("unreadable", "cut-off"), "{")
    revision = revise(item, draft, revised())
    assert (revision.reasons, revision.stands) == ((), Stands.REVISION)
    assert revision.writing is not None
    assert revision.writing.level == "C6/C7"


@pytest.mark.parametrize("raw", ["", "[]", "{}", '{"level": 1}', drafted(citations="p1s2"), drafted()[:-9]])
def test_unreadable_completions_say_which_item(item: PlannedItem, raw: str) -> None:
    with pytest.raises(OutputUnreadable, match=item.id):
        TASK.parse(item, raw)


def test_text_is_taken_as_written_and_citations_once(item: PlannedItem) -> None:
    raw = drafted(question='  A "q" é ?', citations=["p1s2", "p1s1", "p1s2"])
    writing = TASK.parse(item, raw)
    assert (writing.question, writing.citations) == ('  A "q" é ?', ("p1s2", "p1s1"))
    assert TASK.parse(item, revised(), "C6/C7").level == "C6/C7"


def test_a_revision_that_passes_is_taken(item: PlannedItem) -> None:
    better = "What was found in the typist with numbness of the middle finger?"
    revision = revise(item, draft_of(item, drafted()), revised(better), round_=1)
    assert (revision.stands, revision.reasons, revision.round) == (Stands.REVISION, (), 1)
    assert revision.writing == revision.parsed
    assert revision.writing is not None
    assert revision.writing.question == better
    assert revision.changed == ("question", "citations")
    assert revision.draft_digest == digest(drafted().encode())
    assert revision.provenance.criteria == load_criteria("mcq").label


def test_a_good_draft_stands_against_a_bad_revision(item: PlannedItem) -> None:
    draft = draft_of(item, drafted())
    revision = revise(item, draft, revised(rationale="A left disc protrusion at C6/C7 was seen."))
    assert (revision.stands, revision.reasons, revision.changed) == (Stands.DRAFT, (), ())
    assert revision.writing == draft.parsed
    assert revision.parsed != draft.parsed


def test_two_bad_writings_are_held(item: PlannedItem) -> None:
    draft = draft_of(item, drafted(citations=["p1s1"]))
    revision = revise(item, draft, revised(citations=["p1s3"]))
    assert "uncited" in revision.reasons
    assert revision.writing == revision.parsed


def test_a_revision_nobody_can_read_is_held(item: PlannedItem) -> None:
    revision = revise(item, draft_of(item, drafted()), "{", "")
    assert (revision.reasons, revision.parsed, revision.stands) == (("revision-unreadable",), None, Stands.DRAFT)


def test_there_is_a_verdict_for_each_criterion(item: PlannedItem) -> None:
    revision = revise(item, draft_of(item, drafted()), revised())
    assert [v.criterion for v in revision.verdicts] == [c.id for c in load_criteria("mcq").criteria]
    assert all(verdict.passed for verdict in revision.verdicts)
    held = revise(item, draft_of(item, drafted(citations=["p1s1"])), revised(citations=["p1s1"]))
    assert {v.criterion: v.why for v in held.verdicts if not v.passed} == {
        "cited": "uncited",
        "level-grounded": "wrong-level",
        "side-grounded": "wrong-side",
    }


def test_the_models_verdict_holds_only_where_it_is_trusted(item: PlannedItem) -> None:
    draft = draft_of(item, drafted())
    wary = revise(item, draft, revised(passed=False))
    assert wary.reasons == ("criterion:clear", "criterion:explained")
    trusting = revise(item, draft, revised(passed=False), settings=SMALL)
    assert trusting.reasons == ()
    assert [v.criterion for v in trusting.verdicts if not v.passed] == ["clear", "explained"]
    silent = revise(item, draft, revised(verdicts={}))
    assert silent.reasons == ("criterion:clear", "criterion:explained")


def test_nothing_the_plan_decided_is_changed(item: PlannedItem) -> None:
    raw = revised(level="C5/C6", options=["x"], answer="A", target={"finding": "disc_bulge"})
    revision = revise(item, draft_of(item, drafted()), raw)
    assert revision.writing is not None
    assert revision.writing.level == item.target.level
    assert vocabulary().finding(item.target.finding).id == "disc_protrusion"


def test_an_answer_without_candidates_is_refused(item: PlannedItem) -> None:
    with pytest.raises(OutputUnreadable, match="without a candidate"):
        TASK.make_draft(item, answer(), TASK.draft_request(item, SETTINGS), 1, "h")


def test_a_kind_has_one_task() -> None:
    with pytest.raises(GenerationError, match="already"):
        task(Kind.MCQ)(type("Other", (), {}))
    assert isinstance(task_for(Kind.MCQ), MultipleChoice)
