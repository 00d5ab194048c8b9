"""What becomes of an answer: a reading, or one that says why there is none."""

from __future__ import annotations

import pytest
from reading_samples import MINE, answer, document, source

from generation.reading import make_reading, packaged_vocabulary, read_request, read_vocabulary, unread
from generation.readings import Reading
from generation.sources import Language

VOCABULARY = packaged_vocabulary()
REQUEST = read_request(source(), document(["The L4/L5 disc is extruded."]), VOCABULARY, 2)


def read(*raws: str | dict[str, object]) -> Reading:
    return make_reading(VOCABULARY, Language.EN, REQUEST, answer(*raws), 0.5, "node-1")


def test_an_answer_is_read_with_what_gave_it() -> None:
    found = read({"specialty": "spine", "condition": "scoliosis"})
    assert (found.specialty, found.condition, found.unread) == ("spine", "scoliosis", "")
    assert found.vocabulary == VOCABULARY.label
    provenance = found.provenance
    assert provenance is not None
    assert (provenance.prompt, provenance.criteria) == ("read.en@1", None)
    assert (provenance.request, provenance.prompt_tokens, provenance.host) == (REQUEST.digest(), 400, "node-1")


@pytest.mark.parametrize("specialty", [one.id for one in VOCABULARY.specialties])
def test_every_specialty_can_be_read(specialty: str) -> None:
    assert read({"specialty": specialty, "condition": "none"}).specialty == specialty


@pytest.mark.parametrize("condition", [one.id for one in VOCABULARY.conditions])
def test_every_condition_can_be_read_and_none_but_of_the_spine(condition: str) -> None:
    assert read({"specialty": "spine", "condition": condition}).condition == condition
    other = read({"specialty": "trauma", "condition": condition})
    assert (other.specialty, other.condition, other.unread) == ("trauma", None, ""), "the specialty wins"


def test_a_spine_source_may_be_none_of_the_conditions() -> None:
    found = read({"specialty": "spine", "condition": "none"})
    assert (found.specialty, found.condition, found.unread) == ("spine", None, "")


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "spine",
        '{"specialty": "spine", "condi',
        "[]",
        "{}",
        {"specialty": "spine"},
        {"condition": "scoliosis"},
        {"specialty": "Spine", "condition": "none"},
        {"specialty": "spine", "condition": "toothache"},
        {"specialty": "spine", "condition": None},
        {"specialty": ["spine"], "condition": "none"},
        {"specialty": "spine", "condition": {"id": "scoliosis"}},
    ],
)
def test_what_cannot_be_read_says_so_with_what_answered(raw: str | dict[str, object]) -> None:
    found = read(raw)
    assert (found.specialty, found.condition, found.unread) == (None, None, "unreadable")
    assert found.provenance is not None


def test_an_answer_without_candidates_is_unreadable() -> None:
    assert read().unread == "unreadable"


def test_a_source_that_was_not_read_names_the_reason_and_the_vocabulary() -> None:
    mine = read_vocabulary(MINE, "mine.yaml")
    assert unread(mine, "prompt-too-long") == Reading(vocabulary="mine@3", unread="prompt-too-long")
