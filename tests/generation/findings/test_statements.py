"""What sentences state for certain."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from generation.findings import Statement, could_be_true, find_statements, states
from generation.findings.statements import LONGEST
from generation.items import Target

GROUPS: dict[str, dict[str, list[str]]] = yaml.safe_load((Path(__file__).parent / "sentences.yaml").read_text("utf-8"))
SENTENCES = [(text, expected) for group in GROUPS.values() for text, expected in group.items()]


def written(statement: Statement) -> str:
    return " ".join(part for part in (statement.finding, *statement.levels, statement.side, statement.grade) if part)


@pytest.mark.parametrize(("text", "expected"), SENTENCES, ids=[text for text, _ in SENTENCES])
def test_sentence(text: str, expected: list[str]) -> None:
    assert [written(s) for s in find_statements(text) if s.certain] == expected


def test_there_are_enough_sentences() -> None:
    assert len(SENTENCES) >= 100
    assert sum(not expected for _, expected in SENTENCES) >= 40


@pytest.mark.parametrize("text", GROUPS["denied"])
def test_denied_is_marked(text: str) -> None:
    assert all(s.negated for s in find_statements(text) if not s.certain)


@pytest.mark.parametrize("text", GROUPS["doubted"])
def test_doubted_is_marked(text: str) -> None:
    found = find_statements(text)
    assert found
    assert all(s.hedged for s in found)


@pytest.mark.parametrize("text", [text for text, _ in SENTENCES])
def test_span_is_the_finding(text: str) -> None:
    for s in find_statements(text):
        assert 0 <= s.start < s.end <= len(text)


def test_span_in_full_width_text() -> None:
    text = "Ｌ４／Ｌ５　ｄｉｓｃ ｅｘｔｒｕｓｉｏｎ"
    (found,) = find_statements(text)
    assert text[found.start : found.end] == "ｄｉｓｃ ｅｘｔｒｕｓｉｏｎ"
    assert found.certain


def test_states_needs_everything_the_target_has() -> None:
    sentence = "Severe left foraminal stenosis at L4/5."
    full = Target(finding="foraminal_stenosis", level="L4/L5", side="left", grade="severity:severe")
    assert states(full, sentence)
    assert states(full.model_copy(update={"side": None, "grade": None}), sentence)
    for change in ({"side": "right"}, {"grade": "severity:mild"}, {"level": "L5/S1"}, {"finding": "disc_bulge"}):
        assert not states(full.model_copy(update=change), sentence)
    assert not states(full, "Foraminal stenosis at L4/5.")
    assert not states(full, "No severe left foraminal stenosis at L4/5.")


def test_what_is_too_long_for_a_sentence_states_nothing_and_makes_everything_possible() -> None:
    sentence = "A left disc extrusion at L4/L5 was seen"
    target = Target(finding="disc_extrusion", level="L4/L5", side="left")
    assert states(target, sentence + " " * (LONGEST - len(sentence)))
    longer = ", ".join([sentence] * (LONGEST // len(sentence)))
    assert len(longer) > LONGEST
    assert find_statements(longer) == ()
    assert could_be_true(target, [longer])
