"""The corrective turn: asked for only where words can mend what the checks found, and never worse than what was."""

from __future__ import annotations

import pytest
from task_samples import FACT, SETTINGS, WRONG, answer, draft_of, drafted, item_of, revise, revised

from generation.checks import checks
from generation.criteria import load_criteria
from generation.items import Kind, PlannedItem
from generation.requests import ModelRequest
from generation.samples import Draft, Revision, Stands
from generation.sources import Language
from generation.tasks import GenerationSettings, task_for
from generation.tasks.corrections import BEYOND_WORDING, correction, load_corrections, mendable
from generation.tasks.provenance import round_of

TASK = task_for(Kind.MCQ)


@pytest.fixture
def item() -> PlannedItem:
    return item_of()


@pytest.fixture
def draft(item: PlannedItem) -> Draft:
    return draft_of(item, drafted(rationale=WRONG))


@pytest.fixture
def request_(item: PlannedItem, draft: Draft) -> ModelRequest:
    return TASK.revise_request(item, draft, SETTINGS, 3)


@pytest.fixture
def held(item: PlannedItem, draft: Draft) -> Revision:
    revision = revise(item, draft, revised(rationale=WRONG), round_=3)
    assert "wrong-side" in revision.reasons
    return revision


def test_the_chat_goes_on_with_the_answer_and_what_is_wrong_with_it(
    item: PlannedItem, held: Revision, request_: ModelRequest
) -> None:
    again = TASK.correct_request(item, held, request_, SETTINGS)
    assert again is not None
    assert again.turns[:-2] == request_.turns
    assert [(turn.role, turn.text) for turn in again.turns[-2:-1]] == [("assistant", held.raw)]
    assert again.turns[-1].role == "user"
    assert f"- {load_corrections(Language.EN).reasons['wrong-side']}" in again.turns[-1].text.splitlines()
    assert "left foraminal" not in again.turns[-1].text
    assert (again.id, round_of(again)) == (f"{item.id}/revise/3/correct", 3)
    assert again.answer_schema == request_.answer_schema
    assert again.seed != request_.seed
    assert again.temperature == SETTINGS.correction_temperature


def test_nothing_is_asked_where_nothing_can_be_mended(
    item: PlannedItem, draft: Draft, held: Revision, request_: ModelRequest
) -> None:
    queued = revise(item, draft, revised())
    assert TASK.correct_request(item, queued, request_, SETTINGS) is None
    never = GenerationSettings(corrective_turns=0)
    assert TASK.correct_request(item, held, request_, never) is None
    untrained = revise(item, draft, revised(), random_weights=True)
    assert untrained.reasons == ("random-weights",)
    assert TASK.correct_request(item, untrained, request_, SETTINGS) is None
    assert not mendable(["wrong-side", "distractor-true"])


def test_a_correction_that_passes_is_taken(
    item: PlannedItem, draft: Draft, held: Revision, request_: ModelRequest
) -> None:
    again = TASK.correct_request(item, held, request_, SETTINGS)
    assert again is not None
    better = TASK.correct(item, draft, held, answer(revised()), again, 2.5, "other", SETTINGS)
    assert (better.reasons, better.stands, better.round) == ((), Stands.REVISION, 3)
    assert better.writing is not None
    assert better.writing.rationale == FACT
    assert better.raw == revised()
    assert better.provenance == held.provenance
    assert better.corrected is not None
    assert better.corrected.request == again.digest()
    assert (better.corrected.seconds, better.corrected.host) == (2.5, "other")
    assert better.corrected.prompt == f"{held.provenance.prompt}+{load_corrections(Language.EN).label}"
    assert all(verdict.passed for verdict in better.verdicts)


@pytest.mark.parametrize("text", ["{", revised(rationale="A fracture was seen at T12."), revised(passed=False)])
def test_a_correction_that_fails_leaves_the_first_revision(
    item: PlannedItem, draft: Draft, held: Revision, request_: ModelRequest, text: str
) -> None:
    again = TASK.correct_request(item, held, request_, SETTINGS)
    assert again is not None
    after = TASK.correct(item, draft, held, answer(text), again, 2.5, "other", SETTINGS)
    assert after.corrected is not None
    assert after.model_copy(update={"corrected": None}) == held


def test_an_untrained_model_corrects_nothing(
    item: PlannedItem, draft: Draft, held: Revision, request_: ModelRequest
) -> None:
    again = TASK.correct_request(item, held, request_, SETTINGS)
    assert again is not None
    after = TASK.correct(item, draft, held, answer(revised(), random_weights=True), again, 1, "h", SETTINGS)
    assert after.reasons == held.reasons
    assert after.corrected is not None
    assert after.corrected.random_weights


def test_an_unreadable_revision_is_asked_for_again(item: PlannedItem, draft: Draft, request_: ModelRequest) -> None:
    unreadable = revise(item, draft, "{")
    again = TASK.correct_request(item, unreadable, request_, SETTINGS)
    assert again is not None
    assert "JSON" in again.turns[-1].text


def test_a_verdict_of_the_reviser_is_told_by_its_criterion(
    item: PlannedItem, draft: Draft, request_: ModelRequest
) -> None:
    unclear = revise(item, draft, revised(passed=False))
    assert unclear.reasons == ("criterion:clear", "criterion:explained")
    again = TASK.correct_request(item, unclear, request_, SETTINGS)
    assert again is not None
    text = next(c.text.en for c in load_criteria("mcq").criteria if c.id == "clear")
    assert text in again.turns[-1].text


@pytest.mark.parametrize("language", list(Language))
def test_every_reason_has_a_sentence_of_its_own(language: Language) -> None:
    words = load_corrections(language)
    codes = {code for check in checks() for code in check.codes} | {"unreadable", "revision-unreadable"}
    assert codes - BEYOND_WORDING <= set(words.reasons)
    criteria = load_criteria("mcq")
    told = correction(["empty", "empty", "strange-new-code", "criterion:clear"], criteria, language)
    lines = told.splitlines()
    assert lines[0] == words.found
    assert lines[1:3] == [f"- {words.reasons['empty']}", f"- {words.otherwise}"]
    assert lines[3].startswith(f"- {words.criterion}".rstrip())
    assert lines[4:] == [words.ask]
