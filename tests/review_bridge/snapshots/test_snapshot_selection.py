"""Which samples go into a dataset, and what a row says."""

from __future__ import annotations

from dataclasses import replace

import pytest
from snapshot_samples import BENCHED, Made

from generation.dialogue import Party
from generation.items import Kind
from generation.samples import DecisionKind, Report, Said, Speaker, State
from review_bridge.sample import Retraction, Text
from review_bridge.snapshots.selection import Candidate, LeftOut, candidate_of, compared_text


def chosen(made: Made, *, simulated: bool = False) -> Candidate:
    found = candidate_of(made.sample(), simulated=simulated)
    assert isinstance(found, Candidate)
    return found


def test_a_row_says_where_it_comes_from_and_who_decided() -> None:
    found = chosen(Made(3))
    row = found.row
    assert (row.id, row.kind, row.level, row.source, row.licence) == (
        Made(3).id,
        Kind.MCQ,
        "L4/L5",
        "guide",
        "CC-BY-4.0",
    )
    assert (row.decisions, row.state, row.simulated) == ((f"{row.id}:1",), State.ACCEPTED, False)
    assert [one.party for one in row.dialogue] == [Party.HUMAN, Party.MODEL]
    assert row.dialogue[1].text == "Disc extrusion at L4/L5\nThe report says so."
    assert (found.criteria, found.model, found.title) == ("spine@1", "scripted", "A guide")


def test_the_edited_text_wins() -> None:
    made = Made(decided=DecisionKind.EDITED, changes={"rationale": "Better.", "question": "Asked anew?"})
    row = chosen(made).row
    assert row.state is State.EDITED
    assert "Asked anew?" in row.dialogue[0].text
    assert "What is seen?" not in row.dialogue[0].text
    assert row.dialogue[1].text.endswith("\nBetter.")


@pytest.mark.parametrize("decided", [None, DecisionKind.REJECTED, DecisionKind.REOPENED])
def test_what_nobody_found_good_is_not_even_counted(decided: DecisionKind | None) -> None:
    assert candidate_of(Made(decided=decided).sample(), simulated=True) is None


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (Made(of=BENCHED), LeftOut.OTHER_SPLIT),
        (Made(random_weights=True), LeftOut.RANDOM_WEIGHTS),
        (Made(random_weights=True, decided=DecisionKind.EDITED, changes={"question": "?"}), LeftOut.RANDOM_WEIGHTS),
        (Made(simulated=True), LeftOut.SIMULATED),
    ],
)
def test_what_stays_out_says_why(made: Made, why: LeftOut) -> None:
    assert candidate_of(made.sample(), simulated=False) is why


def test_random_weights_stay_out_whatever_is_asked_for() -> None:
    made = Made(random_weights=True, simulated=True)
    assert candidate_of(made.sample(), simulated=True) is LeftOut.RANDOM_WEIGHTS


def test_a_corrective_turn_by_random_weights_counts_too() -> None:
    sample = Made().sample()
    by = sample.revisions[0].provenance.model_copy(update={"random_weights": True})
    sample = replace(sample, revisions={0: sample.revisions[0].model_copy(update={"corrected": by})})
    assert candidate_of(sample, simulated=False) is LeftOut.RANDOM_WEIGHTS


def test_one_simulated_decision_marks_a_sample_that_a_person_decided_later() -> None:
    sample = Made(simulated=True).sample()
    later = sample.decisions[1].model_copy(update={"id": f"{sample.id}:2", "seq": 2, "simulated": False})
    sample = replace(sample, decisions={**sample.decisions, 2: later})
    assert candidate_of(sample, simulated=False) is LeftOut.SIMULATED
    found = candidate_of(sample, simulated=True)
    assert isinstance(found, Candidate)
    assert found.row.simulated
    assert found.row.decisions == (f"{sample.id}:1", f"{sample.id}:2")


def test_a_retracted_sample_counts_where_it_had_been_accepted() -> None:
    gone = {"state": State.RETRACTED, "retracted": Retraction("no consent", Made().sample().created_at)}
    assert candidate_of(Made().sample(**gone), simulated=False) is LeftOut.WITHDRAWN
    assert candidate_of(Made(decided=None).sample(**gone), simulated=False) is None


def test_without_plan_or_text_it_is_incomplete() -> None:
    sample = Made().sample()
    assert candidate_of(replace(sample, plan=None), simulated=False) is LeftOut.INCOMPLETE
    silent = sample.revisions[0].model_copy(update={"writing": None, "parsed": None})
    assert candidate_of(replace(sample, revisions={0: silent}), simulated=False) is LeftOut.INCOMPLETE


def test_a_consultation_and_a_report_are_conversations_too() -> None:
    turns = (Said(role=Speaker.PATIENT, text="It hurts."), Said(role=Speaker.DOCTOR, text="Where?"))
    report = Report(**dict.fromkeys(Report.model_fields, "Said."))
    for kind, fields, last in (
        (Kind.CONSULTATION, {"turns": turns}, "Where?"),
        (Kind.REPORT, {"report": report}, "Said."),
    ):
        sample = Made().sample()
        assert sample.plan is not None
        written = sample.revisions[0]
        assert written.writing is not None
        writing = written.writing.model_copy(update={"question": "", "rationale": "", **fields})
        sample = replace(
            sample,
            plan=sample.plan.model_copy(update={"kind": kind, "options": ()}),
            revisions={0: written.model_copy(update={"writing": writing})},
        )
        found = candidate_of(sample, simulated=False)
        assert isinstance(found, Candidate)
        assert found.row.dialogue[-1].party is Party.MODEL
        assert found.row.dialogue[-1].text.endswith(last)
        assert last in found.text


def test_compared_are_question_evidence_and_answer() -> None:
    item = Made(text="The evidence.").item
    text = Text({"question": "Asked?", "rationale": "Never compared.", "answer": "Said."}, (), ())
    assert compared_text(item, text) == "Asked?\nThe evidence.\nDisc extrusion at L4/L5"
    asked = item.model_copy(update={"kind": Kind.OPEN_QA, "options": ()})
    assert compared_text(asked, text) == "Asked?\nThe evidence.\nSaid."
