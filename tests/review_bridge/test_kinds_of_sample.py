"""The kinds beside multiple choice: what their records say, what a person may rewrite of them, how they are counted."""

from __future__ import annotations

from typing import Any

import pytest
from review_samples import VERSION, decision, draft, planned, revision, source

from generation.ids import item_id, plan_id
from generation.items import Kind, PlannedItem
from generation.samples import DecisionKind, Report, Said, Speaker, Writing
from generation.sources import Language
from review_bridge.decisions import decide, editable
from review_bridge.errors import DecisionInvalid
from review_bridge.parts import DeadPart, DecidedPart, DraftedPart, Part, PlannedPart, RevisedPart
from review_bridge.record import record_of

SAID = (
    Said(role=Speaker.PATIENT, text="My leg hurts."),
    Said(role=Speaker.DOCTOR, text="The images show an extrusion at L4/L5."),
)
REPORT = {
    "imaging_findings": "An extrusion at L4/L5.",
    "diagnosis": "A disc herniation.",
    "treatment": "Rest.",
    "risk_prognosis": "Good.",
    "postoperative": "None.",
    "basis_disclaimer": "One sentence.",
}
ANSWER = "A disc extrusion."
EMPTY: dict[str, Any] = {"question": "", "rationale": ""}
WRITINGS: dict[Kind, dict[str, Any]] = {
    Kind.OPEN_QA: {"question": "What is seen?", "rationale": "It is stated.", "answer": ANSWER},
    Kind.CONSULTATION: {**EMPTY, "turns": SAID},
    Kind.REPORT: {**EMPTY, "report": Report(**REPORT)},
}


def item(kind: Kind, language: Language = Language.EN, slot: int = 0) -> PlannedItem:
    return planned(slot).model_copy(
        update={
            "id": item_id(VERSION, "1", kind, language, slot),
            "plan": plan_id(VERSION, "1", kind, language),
            "kind": kind,
            "language": language,
            "options": planned().options if kind is Kind.MCQ else (),
            "answer": "A" if kind is Kind.MCQ else "Disc extrusion at L4/L5",
        }
    )


def parts(of: PlannedItem, *reasons: str, readable: bool = True) -> list[Part]:
    written = draft(raw=of.id)
    found = revision(written, reasons, readable)
    if readable and of.kind in WRITINGS:
        says = Writing(level="L4/L5", citations=("p1s1",), **WRITINGS[of.kind])
        found = found.model_copy(update={"writing": says, "parsed": says})
    return [PlannedPart(of), DraftedPart(of.id, of.source, written), RevisedPart(of.id, of.source, found)]


def record(run: Any, held: list[Part]) -> dict[str, Any]:
    async def scenario(place: Any) -> dict[str, Any]:
        await place.store.merge(held)
        return record_of(await place.store.get(held[0].item_id))

    return run(scenario)


def test_an_open_question_has_its_answer(run: Any) -> None:
    found = record(run, parts(item(Kind.OPEN_QA)))
    assert (found["question"], found["rationale"], found["answer"]) == ("What is seen?", "It is stated.", ANSWER)
    assert (found["options"], found["turns"], found["report"]) == ([], [], None)
    assert (found["kind"], found["language"], found["axis"]) == ("open_qa", "en", "pathology")


def test_a_consultation_has_its_turns(run: Any) -> None:
    found = record(run, parts(item(Kind.CONSULTATION, Language.ZH)))
    assert found["turns"] == [
        {"role": "patient", "text": "My leg hurts."},
        {"role": "doctor", "text": "The images show an extrusion at L4/L5."},
    ]
    assert (found["question"], found["rationale"], found["answer"], found["report"]) == (None, None, None, None)
    assert found["language"] == "zh"


def test_a_report_has_its_parts_in_order(run: Any) -> None:
    found = record(run, parts(item(Kind.REPORT)))
    assert list(found["report"].items()) == list(REPORT.items())
    assert (found["answer"], found["turns"]) == (None, [])


def test_multiple_choice_answers_with_its_option(run: Any) -> None:
    found = record(run, parts(item(Kind.MCQ)))
    assert (found["answer"], found["turns"], found["report"]) == ("A", [], None)


@pytest.mark.parametrize(
    ("kind", "changes", "place", "now"),
    [
        (Kind.OPEN_QA, {"answer": "An extrusion."}, "answer", "An extrusion."),
        (Kind.REPORT, {"report.diagnosis": "Sciatica."}, "report", {**REPORT, "diagnosis": "Sciatica."}),
        (
            Kind.CONSULTATION,
            {"turns.0": "It hurts."},
            "turns",
            [{"role": "patient", "text": "It hurts."}, {"role": "doctor", "text": SAID[1].text}],
        ),
    ],
)
def test_an_edit_changes_one_place(run: Any, kind: Kind, changes: dict[str, str], place: str, now: Any) -> None:
    of = item(kind)
    held = [*parts(of), DecidedPart(decision(of.id, 1, DecisionKind.EDITED, changes=changes), source())]
    assert record(run, held)[place] == now


def _refused(run: Any, of: PlannedItem, changes: dict[str, str], match: str, readable: bool = True) -> None:
    async def scenario(place: Any) -> None:
        await place.store.merge(parts(of, *(() if readable else ("unreadable",)), readable=readable))
        with pytest.raises(DecisionInvalid, match=match):
            await decide(
                place.store, place.queue, of.id, DecisionKind.EDITED, who="Dr Li", event_of=lambda _: {},
                changes=changes,
            )  # fmt: skip

    run(scenario)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (Kind.CONSULTATION, "turns.2"),
        (Kind.CONSULTATION, "question"),
        (Kind.REPORT, "report.summary"),
        (Kind.MCQ, "answer"),
        (Kind.OPEN_QA, "turns.0"),
    ],
)
def test_a_place_that_the_sample_does_not_have_cannot_be_edited(run: Any, kind: Kind, name: str) -> None:
    _refused(run, item(kind), {name: "x"}, "cannot be edited, only")


def test_what_nobody_could_read_is_written_whole_or_rejected(run: Any) -> None:
    _refused(run, item(Kind.REPORT), {"report.diagnosis": "x"}, "must give all of report.imaging_findings", False)

    async def whole(place: Any) -> Any:
        of = item(Kind.REPORT, slot=1)
        await place.store.merge(parts(of, "unreadable", readable=False))
        changes = {f"report.{name}": text for name, text in REPORT.items()}
        await decide(
            place.store, place.queue, of.id, DecisionKind.EDITED, who="Dr Li", event_of=lambda _: {}, changes=changes
        )
        return record_of(await place.store.get(of.id))

    assert run(whole)["report"] == REPORT


def test_accepting_a_consultation_that_nobody_could_read_is_refused(run: Any) -> None:
    async def scenario(place: Any) -> None:
        of = item(Kind.CONSULTATION)
        await place.store.merge(parts(of, "unreadable", readable=False))
        assert editable(await place.store.get(of.id)) == ()
        with pytest.raises(DecisionInvalid, match=r"no readable text; reject it$"):
            await decide(
                place.store, place.queue, of.id, DecisionKind.ACCEPTED, who="Dr Li", event_of=lambda _: {}, why="fine"
            )

    run(scenario)


def test_samples_are_counted_by_kind_and_language(run: Any) -> None:
    dead = item(Kind.REPORT, slot=1)

    async def scenario(place: Any) -> Any:
        held: list[Part] = [
            *parts(item(Kind.MCQ)),
            *parts(item(Kind.MCQ, slot=1), "wrong-level"),
            DecidedPart(decision(item(Kind.MCQ).id), source()),
            *parts(item(Kind.MCQ, Language.ZH), "wrong-language"),
            PlannedPart(item(Kind.OPEN_QA)),
            PlannedPart(dead),
            DeadPart(dead.id, dead.source, "letter:1", "draft", "prompt-too-long", ("d", 0, 0)),
            *parts(item(Kind.CONSULTATION))[1:],
        ]
        await place.store.merge(held)
        counts = await place.store.counts()
        return await place.store.kinds(), await place.store.kinds(["f" * 64]), counts

    every, none, counts = run(scenario)
    assert {key: tuple(one) for key, one in every.items()} == {
        ("mcq", "en"): (1, 1, 0),
        ("mcq", "zh"): (0, 1, 0),
        ("open_qa", "en"): (0, 0, 0),
        ("report", "en"): (0, 0, 1),
    }
    assert none == {}
    assert (counts.open, counts.open_planned) == (1, 1)
