"""The facts of a document that an item may ask about: certain, at one level, in one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from generation.findings import find_statements, render, sides_in, states
from generation.items import Target
from generation.levels import find_levels
from generation.sources import Document, Passage


class Place(NamedTuple):
    """Where a target is stated for the first time."""

    target: Target
    passage: Passage
    sentence: int
    """Index of the sentence in its passage."""


def find_places(document: Document) -> tuple[Place, ...]:
    """Return each target of a document once, in the order of the text."""
    places: dict[Target, Place] = {}
    for passage in document.passages:
        for index, sentence in enumerate(passage.sentences):
            for target in _targets(sentence.plain):
                if target not in places and _wording_stands(target, sentence.plain, document.language):
                    places[target] = Place(target, passage, index)
    return tuple(places.values())


def _targets(sentence: str) -> Iterator[Target]:
    for statement in find_statements(sentence):
        if not statement.certain or len(statement.levels) != 1:
            continue
        target = Target(
            finding=statement.finding, level=statement.levels[0], side=statement.side, grade=statement.grade
        )
        if states(target, sentence):
            yield target


def _wording_stands(target: Target, sentence: str, language: str) -> bool:
    """Say whether every level and side that the right option's words name is named by the sentence as well.

    The name of a finding may hold a word of a side (`central canal stenosis`) that the sentence does not have (`spinal
    canal stenosis`).
    """
    option = render(target, language)
    named = {level for mention in find_levels(sentence) for level in mention.levels}
    asked = {level for mention in find_levels(option) for level in mention.levels}
    sides = set(sides_in(sentence))
    words = {word for word in ("left", "right", "bilateral", "central") if word in option.lower().split()}
    return asked <= named and words <= sides | set(sentence.lower().replace("-", " ").split())
