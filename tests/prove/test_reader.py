"""The proofs' own reader, its examination of records, and the planted drafts and forms it is made for."""

from __future__ import annotations

import copy
import json
from collections import Counter
from typing import Any

import pytest

from tests.prove import reader
from tests.prove.grounding import completions_of, examine, report, sentences
from tests.prove.levels import examine_levels, lines
from tests.prove.planted import KINDS, Planted, document_of, planted_bad, planted_good

CASES = [[part.strip() for part in line.split("|")] for line in lines("reader_cases.txt")]


@pytest.mark.parametrize(("what", "text", "due"), CASES)
def test_the_reader_reads(what: str, text: str, due: str) -> None:
    read = getattr(reader, what)
    assert read(text) == set(due.split())
    assert not reader.roots(text) & reader.levels(text)


def test_masking_leaves_the_wording() -> None:
    one, other = "Is the left disc at L4-5 torn?", "Is the right disc at L5/S1 torn?"
    assert reader.masked(one) == reader.masked(other) != reader.masked("Is the left disc torn?")


def test_sentences_end_where_a_reader_ends_them() -> None:
    text = (
        "# Slips\nIt moved 4.5 mm, e.g. on flexion. Was it stable? No.\n\n- One item\n- Another, cf. Fig. 2\nwrapped.\n"
    )
    due = ["# Slips", "It moved 4.5 mm, e.g. on flexion.", "Was it stable?", "No.", "- One item"]
    assert list(sentences(text)) == [*due, "- Another, cf. Fig. 2 wrapped."]


def record_of(planted: Planted) -> dict[str, Any]:
    """Return what an export would say of a planted writing."""
    item, writing = planted.item, planted.writing
    raw = json.dumps(writing.model_dump(mode="json"), indent=1)
    return {
        "id": item.id,
        "state": "queued",
        "source": {"id": item.source.id},
        "evidence": [one.model_dump() for one in item.evidence],
        "target": item.target.model_dump(exclude_none=True),
        "question": writing.question,
        "options": [{"id": o.id, "text": o.text, "role": o.role.value} for o in item.options],
        "answer": item.answer,
        "rationale": writing.rationale,
        "citations": list(writing.citations),
        "draft": {"raw": raw},
        "revision": {"raw": raw},
    }


def faults_of(record: dict[str, Any], extra: str = "") -> set[str]:
    text = document_of(record["source"]["id"]) + extra
    return {fault.partition(":")[0] for fault in examine(record, text, completions_of(record))}


@pytest.fixture
def record() -> dict[str, Any]:
    return copy.deepcopy(next(record_of(p) for p in planted_good() if p.item.id == "planted-foramen_l5s1"))


def test_a_sound_record_has_no_fault(record: dict[str, Any]) -> None:
    assert faults_of(record) == set()


@pytest.mark.parametrize(
    ("field", "value", "due"),
    [
        ("rationale", "Severe left foraminal stenosis at L4-5.", {"level", "verbatim"}),
        ("rationale", "Severe left foraminal stenosis of L5.", {"level", "verbatim"}),
        ("rationale", "Severe right foraminal stenosis at L5/S1.", {"side", "verbatim"}),
        ("question", "Which lesion lies at the fourth lumbar disc?", {"level", "verbatim"}),
        ("question", "", {"verbatim"}),
        ("citations", [], {"citation", "level", "side", "target"}),
        ("citations", ["p9s2", "p1s1"], {"citation"}),
        ("citations", ["p9s4"], {"level", "side", "target"}),
        ("citations", ["p9s1", "p9s3"], {"target"}),
        ("answer", "Z", {"answer"}),
        ("answer", "B", {"answer"}),
    ],
)
def test_a_planted_fault_is_named(record: dict[str, Any], field: str, value: Any, due: set[str]) -> None:
    assert faults_of(record | {field: value}) == due


def test_evidence_that_is_not_the_document_is_named(record: dict[str, Any]) -> None:
    record["evidence"][2]["start"] += 1
    assert faults_of(record) == {"evidence"}


@pytest.mark.parametrize(
    ("extra", "due"),
    [
        ("\nSevere right foraminal stenosis is seen at L5/S1.", {"distractor"}),
        ("\nAt L4-5, on the left, there is severe narrowing of the foramen.", {"distractor-loose"}),
        ("\nSevere left foraminal stenosis at L4/L5 was not present before. No stenosis.", {"distractor"}),
        ("\nThere is no severe right foraminal stenosis at L5/S1.", set()),
        ("\nSevere right foraminal stenosis. L5/S1 is dry.", set()),
    ],
)
def test_a_true_distractor_is_named(record: dict[str, Any], extra: str, due: set[str]) -> None:
    assert faults_of(record, extra) == due


def test_a_herniation_is_true_where_an_extrusion_is(record: dict[str, Any]) -> None:
    record["options"][1]["text"] = "Disc herniation at L4/L5"
    assert faults_of(record, "\nA disc extrusion is found at L4/L5.") == {"distractor"}


def test_an_option_that_reads_like_the_target_is_named(record: dict[str, Any]) -> None:
    record["options"][2]["text"] = "Severe narrowing of the left foramen at L5-S1"
    record["options"][3]["text"] = "None of these"
    assert [
        fault.partition(":")[0] for fault in examine(record, document_of("foramen_l5s1"), completions_of(record))
    ] == [
        "unread",
        "unread",
    ]


def test_escaped_completions_hold_what_was_written(record: dict[str, Any]) -> None:
    record["question"] = 'Which "narrow" foramen – left\tblank?'
    record["draft"]["raw"] = "Sure:\n" + json.dumps({"question": record["question"]})
    assert "verbatim" not in faults_of(record)
    record["draft"]["raw"] = record["draft"]["raw"][:-9]
    assert "verbatim" in faults_of(record)


def test_the_report_counts() -> None:
    records = [record_of(p) | {"id": str(n)} for n, p in enumerate(planted_good()[:10])]
    records[0]["state"] = records[1]["state"] = "held"
    records[2]["rationale"] = "Left C2/C3."
    made = report(records, {r["source"]["id"]: document_of(r["source"]["id"]) for r in records})
    assert (made["records"], made["examined"], made["faulty"], made["held_clean"]) == (10, 8, 1, 2)
    assert made["queued_share"] == 0.8
    assert made["distinct_share"] == 1.0
    assert made["faults"]["level"] == made["faults"]["verbatim"] == 1
    assert made["examples"][0].startswith("2: level: C2/C3")


def test_planted_good_drafts_are_sound() -> None:
    good = planted_good()
    assert len(good) == len({p.writing.question for p in good}) == 100
    assert len({p.item.id for p in good}) >= 12
    assert [(p.item.id, p.writing.question, f) for p in good if (f := faults_of(record_of(p)))] == []


def test_planted_bad_drafts_have_the_fault_they_name() -> None:
    bad = planted_bad()
    assert sum(Counter(p.kind for p in bad).values()) == 100
    assert all(16 <= Counter(p.kind for p in bad)[kind] <= 18 for kind in KINDS)
    seen = {"wrong_level": {"level", "target"}, "wrong_side": {"side"}, "uncited": {"citation", "target"}}
    for planted in bad:
        if planted.kind in seen:
            assert faults_of(record_of(planted)) & seen[planted.kind], planted


def test_the_reader_knows_the_english_forms() -> None:
    def find(text: str) -> list[dict[str, Any]]:
        return [
            {"text": text[m.start : m.end], "start": m.start, "end": m.end, "kind": m.kind, "levels": list(m.levels)}
            for m in reader.mentions(text)
        ]

    result = examine_levels(find)
    assert result["forms"] >= 220
    assert result["traps"] >= 70
    assert [wrong for wrong in result["wrong"] + result["taken"] if wrong.isascii()] == []
    assert result["right"] >= len(lines("forms_en.txt"))
