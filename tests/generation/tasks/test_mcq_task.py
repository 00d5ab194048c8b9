"""The multiple choice task: requests built from the item, the best candidate chosen, revisions settled by rule."""

from __future__ import annotations

import orjson
import pytest
from jsonschema import Draft202012Validator

from generation.criteria import load_criteria
from generation.errors import GenerationError, OutputUnreadable
from generation.findings import vocabulary
from generation.ids import digest, source_version
from generation.items import Kind, PlannedItem
from generation.planning import make_plan
from generation.requests import Candidate, ModelAnswer
from generation.samples import Draft, Revision, Stands
from generation.sources import Document, Language, Passage, Sentence, SourceRef, Split
from generation.tasks import (
    GenerationSettings,
    parse_draft,
    parse_revision,
    small_model_profile,
    task_for,
)

TASK = task_for(Kind.MCQ)
draft_request = TASK.draft_request
make_draft = TASK.make_draft
make_revision = TASK.make_revision
revise_request = TASK.revise_request
TEXTS = (
    "A typist had numbness of the middle finger and pain in the left shoulder.",
    "There was a right foraminal disc protrusion at C6/C7 on MRI.",
    "The disc at C5/C6 was normal.",
)
SETTINGS = GenerationSettings()
SMALL = small_model_profile()
QUESTION = "Which finding explains the numbness of the middle finger?"
FACT = "There was a right foraminal disc protrusion at C6/C7 on MRI."


@pytest.fixture(scope="module")
def item() -> PlannedItem:
    sentences, at = [], 0
    for number, text in enumerate(TEXTS, start=1):
        sentences.append(Sentence(id=f"p1s{number}", text=text, start=at, end=at + len(text)))
        at += len(text) + 1
    passage = Passage(id="p1", start=0, end=at, sentences=tuple(sentences))
    version = source_version(b"typist")
    source = SourceRef(id="typist", version=version, title="t", split=Split.TRAIN, media_type="text/plain")
    document = Document(language=Language.EN, characters=at, passages=(passage,))
    return make_plan(source, document).items[0]


def answer(*texts: str, finish: str = "stop") -> ModelAnswer:
    return ModelAnswer(
        candidates=tuple(Candidate(text=text, finish=finish, output_tokens=7) for text in texts),
        prompt_tokens=11,
        model="m",
        model_digest="d",
        engine="scripted 1",
    )


def drafted(question: str = QUESTION, rationale: str = FACT, **changes: object) -> str:
    whole = {"level": "C6/C7", "citations": ["p1s2", "p1s1"], "rationale": rationale, "question": question} | changes
    return orjson.dumps(whole).decode()


def revised(question: str = QUESTION, rationale: str = FACT, *, passed: bool = True, **changes: object) -> str:
    verdict = {"pass": passed, "why": "It asks one thing."}
    whole = {
        "rationale": rationale,
        "question": question,
        "citations": ["p1s2"],
        "verdicts": {criterion.id: verdict for criterion in load_criteria("mcq").judged_by_model()},
    }
    return orjson.dumps(whole | changes).decode()


def draft_of(item: PlannedItem, *texts: str) -> Draft:
    return make_draft(item, answer(*texts), draft_request(item, SETTINGS), 1.5, "host")


def revise(
    item: PlannedItem, draft: Draft, *texts: str, settings: GenerationSettings = SETTINGS, round_: int = 0
) -> Revision:
    request = revise_request(item, draft, settings, round_)
    return make_revision(item, draft, answer(*texts), request, 1.5, "host", settings)


@pytest.mark.parametrize("settings", [SETTINGS, SMALL], ids=["general", "small"])
def test_requests_hold_the_item_as_a_schema(item: PlannedItem, settings: GenerationSettings) -> None:
    request = draft_request(item, settings)
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
    revision = revise_request(item, draft_of(item, drafted()), settings, 2)
    Draft202012Validator.check_schema(revision.answer_schema)
    assert revision.id == f"{item.id}/revise/2"
    assert set(revision.answer_schema["properties"]) == {"rationale", "question", "citations", "verdicts"}
    assert QUESTION in revision.turns[-1].text


def test_a_request_is_the_same_every_time_and_seeds_differ(item: PlannedItem) -> None:
    one = draft_request(item, SETTINGS)
    assert one == draft_request(item, SETTINGS)
    assert one.digest() != draft_request(item, SMALL).digest()
    assert one.seed != draft_request(item, SETTINGS, 1).seed


@pytest.mark.parametrize("field", ["question", "rationale"])
def test_question_and_rationale_are_free_text_within_bounds(item: PlannedItem, field: str) -> None:
    for request in (draft_request(item, SMALL), revise_request(item, draft_of(item, drafted()), SMALL)):
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
    draft = make_draft(item, answer("{", '"', finish="length"), draft_request(item, SETTINGS), 1, "h")
    assert (draft.parsed, draft.reasons, draft.raw) == (None, ("unreadable", "cut-off"), "{")
    revision = revise(item, draft, revised())
    assert (revision.reasons, revision.stands) == ((), Stands.REVISION)
    assert revision.writing is not None
    assert revision.writing.level == "C6/C7"


@pytest.mark.parametrize("raw", ["", "[]", "{}", '{"level": 1}', drafted(citations="p1s2"), drafted()[:-9]])
def test_unreadable_completions_say_which_item(item: PlannedItem, raw: str) -> None:
    with pytest.raises(OutputUnreadable, match=item.id):
        parse_draft(item, raw)


def test_text_is_taken_as_written_and_citations_once(item: PlannedItem) -> None:
    raw = drafted(question='  A "q" é ?', citations=["p1s2", "p1s1", "p1s2"])
    writing = parse_draft(item, raw)
    assert (writing.question, writing.citations) == ('  A "q" é ?', ("p1s2", "p1s1"))
    assert parse_revision(item, revised(), "C6/C7").level == "C6/C7"


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
        make_draft(item, answer(), draft_request(item, SETTINGS), 1, "h")


def test_a_kind_has_one_task() -> None:
    from generation.tasks import task

    with pytest.raises(GenerationError, match="already"):
        task(Kind.MCQ)(type("Other", (), {}))
    assert task_for(Kind.MCQ)
