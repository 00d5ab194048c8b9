"""What sentences say was done or decided on, as surgeons write it, and what only looks like it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from generation.findings import (
    could_be_true,
    find_statements,
    names_procedure_only,
    possible_facts,
    states,
    vocabulary,
)
from generation.findings.surface import find_hinted, find_mentions
from generation.items import Target

WRITTEN = yaml.safe_load((Path(__file__).parent / "procedures.yaml").read_text("utf-8"))
CERTAIN: dict[str, list[str]] = WRITTEN["certain"]


def certain(text: str) -> list[str]:
    """What a sentence says for certain of procedures."""
    return [
        " ".join(part for part in (said.finding, *said.levels, said.side) if part)
        for said in find_statements(text)
        if said.certain and vocabulary().finding(said.finding).is_procedure
    ]


@pytest.mark.parametrize(("text", "expected"), CERTAIN.items(), ids=list(CERTAIN))
def test_what_was_done_or_decided_on_is_certain(text: str, expected: list[str]) -> None:
    assert len(expected) == 1
    assert certain(text) == expected
    assert not names_procedure_only(text)


@pytest.mark.parametrize("text", WRITTEN["uncertain"])
def test_what_was_declined_doubted_delayed_or_general_is_not(text: str) -> None:
    assert certain(text) == []


@pytest.mark.parametrize("text", WRITTEN["named_only"])
def test_a_name_alone_is_no_decision(text: str) -> None:
    assert names_procedure_only(text)


def test_there_are_enough_sentences_in_both_languages() -> None:
    for texts in (CERTAIN, WRITTEN["uncertain"]):
        chinese = [text for text in texts if not text[0].isascii()]
        assert len(chinese) >= 8
        assert len(texts) - len(chinese) >= 30


@pytest.mark.parametrize("text", [*CERTAIN, *WRITTEN["uncertain"]])
def test_what_is_stated_is_possible(text: str) -> None:
    for said in find_statements(text):
        for level in said.levels:
            assert could_be_true(Target(finding=said.finding, level=level), [text])


@pytest.mark.parametrize(
    ("text", "negated"),
    [
        ("There was no indication for fusion at L4/L5.", True),
        ("不建议行L4/5椎间融合术。", True),
        ("Fusion at L4/L5 was discussed.", False),
        ("TLIF at L4/L5 was done. It did not help.", False),
    ],
)
def test_denial_is_marked_in_its_own_sentence(text: str, negated: bool) -> None:
    (said,) = find_statements(text)
    assert said.negated is negated


def test_the_second_sentence_of_a_text_takes_nothing_back() -> None:
    assert certain("TLIF at L4/L5 was done. If pain returns, an injection may follow.") == ["tlif L4/L5"]


def test_a_finding_is_read_as_if_no_procedure_stood_there() -> None:
    sentence = "A left disc extrusion at L4/L5 was treated by microdiscectomy."
    assert states(Target(finding="disc_extrusion", level="L4/L5", side="left"), sentence)
    assert certain(sentence) == []


def test_the_longer_of_overlapping_words_counts() -> None:
    assert [m.finding for m in find_mentions("L1椎体后凸成形术")] == ["kyphoplasty"]
    assert [m.finding for m in find_mentions("L1椎体后凸")] == ["kyphosis"]
    assert [m.finding for m in find_mentions("a failed fusion")] == ["pseudarthrosis"]
    assert not any(fact.finding == "kyphosis" for fact in possible_facts("L1椎体后凸成形术"))


def test_hints_of_findings_count_inside_procedures_and_not_the_reverse() -> None:
    text = "facet joint injection"
    hinted = find_hinted(text, find_mentions(text))
    assert "facet_arthropathy" in hinted
    assert not any(vocabulary().finding(name).is_procedure for name in hinted)


def test_any_fusion_makes_every_kind_of_it_possible() -> None:
    for name in ("tlif", "plif", "alif", "llif", "posterolateral_fusion", "spinal_fusion"):
        assert could_be_true(Target(finding=name, level="L4/L5"), ["The fusion at L4/L5 was solid."])
        assert could_be_true(Target(finding=name, level="L4/L5"), ["The L4/L5 segment had been fused."])
    assert not could_be_true(Target(finding="disc_arthroplasty", level="L4/L5"), ["The fusion at L4/L5 was solid."])


def test_what_an_operation_takes_along_is_no_alternative_to_it() -> None:
    words = vocabulary()
    assert not {"discectomy", "microdiscectomy", "pedicle_screw_fixation", "laminectomy", "decompression"} & set(
        words.finding("tlif").alternatives
    )
    assert not {"discectomy", "microdiscectomy", "spinal_fusion"} & set(words.finding("acdf").alternatives)
