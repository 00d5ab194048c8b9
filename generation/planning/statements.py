"""The facts of a document that an item may ask about: certain, at one level, in one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from generation.findings import find_statements, names_procedure_only, render, sides_in, states
from generation.items import Target
from generation.levels import find_levels
from generation.sources import Document, Language, Passage, Sentence

_SIDE_WORDS = {
    "left": ("left", "左"),
    "right": ("right", "右"),
    "bilateral": ("bilateral", "双侧", "两侧"),
    "central": ("central", "中央", "正中"),
}
"""A side's word in an English option, and what says it in a sentence of either language."""


class Place(NamedTuple):
    """Where a target is stated for the first time."""

    target: Target
    passage: Passage
    sentence: int
    """Index of the sentence in its passage."""


def find_places(document: Document, language: Language) -> tuple[Place, ...]:
    """Return each target of a document that can be worded in `language` once, in the order of the text."""
    places: dict[Target, Place] = {}
    for passage in document.passages:
        for index, sentence in enumerate(passage.sentences):
            for target in targets_of(sentence, language):
                places.setdefault(target, Place(target, passage, index))
    return tuple(places.values())


def targets_of(sentence: Sentence, language: Language) -> tuple[Target, ...]:
    """Return what a sentence states for certain at one level and a reader finds in it, as worded in `language`."""
    plain = sentence.plain
    return tuple(target for target in _targets(plain) if _wording_stands(target, plain, language))


def _targets(sentence: str) -> Iterator[Target]:
    if names_procedure_only(sentence):
        return
    for statement in find_statements(sentence):
        if not statement.certain or len(statement.levels) != 1:
            continue
        target = Target(
            finding=statement.finding, level=statement.levels[0], side=statement.side, grade=statement.grade
        )
        if states(target, sentence):
            yield target


def _wording_stands(target: Target, sentence: str, language: Language) -> bool:
    """Say whether every level and side that the target's words name is named by the sentence as well.

    The name of a finding may hold a word of a side (`central canal stenosis`) that the sentence does not have (`spinal
    canal stenosis`).
    """
    option = render(target, language)
    named = {level for mention in find_levels(sentence) for level in mention.levels}
    asked = {level for mention in find_levels(option) for level in mention.levels}
    written = sentence.lower()
    words = set(written.replace("-", " ").split())
    spoken = set(option.lower().split())
    return asked <= named and all(
        side in sides_in(sentence) or english in words or any(sign in written for sign in chinese)
        for side, (english, *chinese) in _SIDE_WORDS.items()
        if english in spoken
    )
