"""Whose wording counts: rules that hold for every kind."""

from __future__ import annotations

import pytest
from task_samples import QUESTION, SETTINGS, WRONG, draft_of, drafted, item_of, revise, revised

from generation.criteria import load_criteria
from generation.items import PlannedItem
from generation.samples import Report, Said, Speaker, Stands, Writing
from generation.tasks.settling import changed, said


@pytest.fixture
def item() -> PlannedItem:
    return item_of()


def test_what_an_untrained_model_wrote_is_held(item: PlannedItem) -> None:
    draft = draft_of(item, drafted(), random_weights=True)
    assert (draft.reasons, draft.provenance.random_weights) == (("random-weights",), True)
    revision = revise(item, draft, revised(), random_weights=True)
    assert (revision.reasons, revision.stands) == (("random-weights",), Stands.REVISION)
    assert all(verdict.passed for verdict in revision.verdicts)
    unreadable = revise(item, draft, "{", random_weights=True)
    assert unreadable.reasons == ("revision-unreadable", "random-weights")


def test_a_draft_of_an_untrained_model_never_stands(item: PlannedItem) -> None:
    draft = draft_of(item, drafted(), random_weights=True)
    held = revise(item, draft, revised(rationale=WRONG))
    assert (held.stands, "wrong-side" in held.reasons) == (Stands.REVISION, True)
    assert revise(item, draft, revised()).reasons == ()


def test_a_trained_draft_stands_against_an_untrained_revision(item: PlannedItem) -> None:
    draft = draft_of(item, drafted())
    revision = revise(item, draft, revised(), random_weights=True)
    assert (revision.stands, revision.reasons, revision.writing) == (Stands.DRAFT, (), draft.parsed)


def test_verdicts_of_an_unreadable_revision_are_of_the_draft(item: PlannedItem) -> None:
    good = revise(item, draft_of(item, drafted()), "{")
    assert all(verdict.passed for verdict in good.verdicts)
    bad = revise(item, draft_of(item, drafted(rationale=WRONG)), "{")
    assert [v.why for v in bad.verdicts if v.criterion == "side-grounded"] == ["wrong-side"]
    none = revise(item, draft_of(item, "{"), "{")
    assert {verdict.why for verdict in none.verdicts if verdict.criterion == "cited"} == {
        "nothing readable was written"
    }


@pytest.mark.parametrize("passed", [True, False])
def test_what_the_reviser_says_of_its_own_wording_is_not_said_of_a_draft_that_stands(
    item: PlannedItem, passed: bool
) -> None:
    assert SETTINGS.hold_on_model_verdict
    revision = revise(item, draft_of(item, drafted()), revised(rationale=WRONG, passed=passed))
    assert (revision.stands, revision.reasons) == (Stands.DRAFT, ())
    assert [v.criterion for v in revision.verdicts] == [c.id for c in load_criteria("mcq").criteria if c.check]
    assert all(verdict.passed for verdict in revision.verdicts)


def test_candidates_that_say_the_same_are_checked_once(item: PlannedItem, monkeypatch: pytest.MonkeyPatch) -> None:
    from generation.tasks import choosing

    seen: list[str] = []
    monkeypatch.setattr(choosing, "run_checks", lambda *args: seen.append(args[1].question) or ("off-target",))
    draft = draft_of(item, drafted(), drafted(), drafted("What was it?"), drafted())
    assert seen == [QUESTION, "What was it?"]
    assert draft.provenance.candidates == 4


def test_changes_are_named_by_place() -> None:
    said_first = (Said(role=Speaker.PATIENT, text="a"), Said(role=Speaker.DOCTOR, text="b"))
    said_then = (said_first[0], Said(role=Speaker.DOCTOR, text="c"), Said(role=Speaker.PATIENT, text="d"))
    first = Writing(level="L4", question="q", rationale="", citations=("p1s1",), turns=said_first)
    then = first.model_copy(update={"question": "", "turns": said_then, "citations": ()})
    assert changed(first, then) == ("question", "turns.1", "turns.2", "citations")
    assert changed(first, first) == ()
    assert changed(None, first) == ()
    parts = dict.fromkeys(Report.model_fields, "x")
    one = Writing(level="L4", question="", rationale="", citations=(), report=Report(**parts))
    other = one.model_copy(update={"report": Report(**parts | {"diagnosis": "y"})})
    assert changed(one, other) == ("report.diagnosis",)


@pytest.mark.parametrize("raw", ["{", "{}", '{"verdicts": 1}', ""])
def test_no_verdicts_are_no_verdicts(raw: str) -> None:
    assert said(raw) == {}


def test_a_verdict_is_of_its_own_check_where_two_give_the_same_reason(item: PlannedItem) -> None:
    asked = "Which disc extrusion explains the numbness of the middle finger?"
    revision = revise(item, draft_of(item, "{"), revised(asked))
    assert revision.reasons == ("off-target",)
    assert all(verdict.passed for verdict in revision.verdicts)
    told = revise(
        item, draft_of(item, "{"), revised(rationale="The typist had numbness of the middle finger for long.")
    )
    assert "off-target" in told.reasons
    assert {v.criterion: v.why for v in told.verdicts if not v.passed} == {"on-target": "off-target"}
