"""Do levels, sides, grades and numbers of the writing stand in the sentences it cites?"""

from __future__ import annotations

import re
from collections.abc import Sequence

from generation.checks.attributes import (
    cited_texts,
    evidence_texts,
    grades_said,
    levels_in,
    side_words_in,
    vertebrae_in,
)
from generation.checks.registry import check
from generation.findings import could_be_true, find_statements, grades_in, sides_in
from generation.items import PlannedItem, Target
from generation.levels import find_levels
from generation.samples import Writing

NUMBER = re.compile(r"\d+(?:\.\d+)?")


@check("levels", "wrong-level")
def levels(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold a level that no cited sentence names, a finding put at a level where these do not have it, and a level field
    that is not the target's."""
    written, cited = (writing.question, writing.rationale), cited_texts(item, writing)
    wrong = (
        writing.level != item.target.level
        or not levels_in(written) <= levels_in(cited)
        or not vertebrae_in(written) <= vertebrae_in(cited)
        or any(_misplaced(text, cited) for text in written)
    )
    return ["wrong-level"] if wrong else []


@check("sides", "wrong-side")
def sides(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold a side that no cited sentence names, and a finding put on a side where these do not have it."""
    written, cited = (writing.question, writing.rationale), cited_texts(item, writing)
    stand = frozenset().union(*map(sides_in, cited)) if cited else frozenset()
    wrong = (
        not frozenset().union(*map(sides_in, written)) <= stand
        or not side_words_in(written) <= side_words_in(cited)
        or any(_missided(text, item.target, cited) for text in written)
    )
    return ["wrong-side"] if wrong else []


@check("grades", "wrong-grade")
def grades(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold a grade that no cited sentence names, and a finding with a grade that the cited sentences do not give it."""
    written, cited = (writing.question, writing.rationale), cited_texts(item, writing)
    stand = frozenset().union(*map(grades_in, cited)) if cited else frozenset()
    wrong = not frozenset().union(*map(grades_said, written)) <= stand or any(
        _misgraded(text, item.target, cited) for text in written
    )
    return ["wrong-grade"] if wrong else []


@check("numbers", "wrong-number")
def numbers(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold a number, other than in a level, that the evidence does not hold."""
    stand = {number for text in evidence_texts(item) for number in NUMBER.findall(text)}
    written = {n for text in (writing.question, writing.rationale) for n in NUMBER.findall(_without_levels(text))}
    return [] if written <= stand else ["wrong-number"]


def _misplaced(text: str, cited: Sequence[str]) -> bool:
    for said in find_statements(text):
        for level in said.levels if not said.negated and len(said.levels) == 1 else ():
            if not could_be_true(Target(finding=said.finding, level=level), cited):
                return True
    return False


def _missided(text: str, target: Target, cited: Sequence[str]) -> bool:
    for said in find_statements(text):
        if said.finding != target.finding or said.side is None or said.levels not in ((), (target.level,)):
            continue
        if target.side is not None and said.side != target.side:
            return True
        if not could_be_true(Target(finding=said.finding, level=target.level, side=said.side), cited):
            return True
    return False


def _misgraded(text: str, target: Target, cited: Sequence[str]) -> bool:
    for said in find_statements(text):
        if said.finding != target.finding or said.grade is None or said.levels not in ((), (target.level,)):
            continue
        if target.grade is not None and said.grade != target.grade:
            return True
        if not could_be_true(Target(finding=said.finding, level=target.level, grade=said.grade), cited):
            return True
    return False


def _without_levels(text: str) -> str:
    kept = list(text)
    for mention in find_levels(text):
        kept[mention.start : mention.end] = " " * (mention.end - mention.start)
    return "".join(kept)
