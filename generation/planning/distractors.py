"""Wrong options of a known kind: each differs from the target in one element, and no sentence could make it true."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, zip_longest

from generation.findings import could_be_true, possible_facts, vocabulary
from generation.items import Role, Target
from generation.levels import neighbours
from generation.planning.draw import shuffled
from generation.sources import Document

WANTED = 3
OTHER_SIDES = {"left": ("right",), "right": ("left",), "central": ("left", "right")}
"""Sides that exclude each other; nothing excludes a part of `bilateral`."""

Wrongs = Mapping[Role, tuple[Target, ...]]
"""Distractors by role, the nearest first."""


def said_by_level(document: Document) -> Mapping[str, Sequence[str]]:
    """Return, for each level, the sentences of a document that could speak of a finding at it."""
    said: dict[str, list[str]] = defaultdict(list)
    for plain in dict.fromkeys(sentence.plain for passage in document.passages for sentence in passage.sentences):
        for level in {fact.level for fact in possible_facts(plain)}:
            said[level].append(plain)
    return said


def possible_distractors(target: Target, said: Mapping[str, Sequence[str]]) -> Wrongs:
    """Return all distractors of a target; the source, `said_by_level`, can make none of them true."""
    kinds = {
        Role.ADJACENT_LEVEL: _levels(target),
        Role.OTHER_SIDE: _sides(target),
        _other(target): _alternatives(target),
        Role.OTHER_GRADE: _grades(target),
    }
    return {
        role: tuple(wrong for wrong in wrongs if not could_be_true(wrong, said.get(wrong.level, ())))
        for role, wrongs in kinds.items()
    }


def choose(possible: Wrongs, key: str) -> tuple[tuple[Role, Target], ...] | None:
    """Return three distractors of as many roles as there are, which the key decides; None if there are fewer."""
    roles = shuffled((role for role in possible if possible[role]), key)
    columns = [[(role, wrong) for wrong in shuffled(possible[role], f"{key}|{role}")] for role in roles]
    mixed = [entry for entry in chain.from_iterable(zip_longest(*columns)) if entry is not None]
    return tuple(mixed[:WANTED]) if len(mixed) >= WANTED else None


def _levels(target: Target) -> Iterator[Target]:
    finding = vocabulary().finding(target.finding)
    for level in filter(finding.fits, neighbours(target.level)):
        yield target.model_copy(update={"level": level})


def _sides(target: Target) -> Iterator[Target]:
    sides = vocabulary().finding(target.finding).sides
    for side in OTHER_SIDES.get(target.side or "", ()):
        if side in sides:
            yield target.model_copy(update={"side": side})


def _other(target: Target) -> Role:
    procedure = vocabulary().finding(target.finding).is_procedure
    return Role.OTHER_PROCEDURE if procedure else Role.OTHER_FINDING


def _alternatives(target: Target) -> Iterator[Target]:
    """Give others that can be at the level and carry side and grade: nothing but the finding or operation differs."""
    for name in vocabulary().alternatives(target.finding, target.level):
        other = vocabulary().finding(name)
        carries_side = target.side is None or target.side in other.sides
        carries_grade = target.grade is None or _scale(target.grade) in other.grades
        if carries_side and carries_grade:
            yield target.model_copy(update={"finding": name})


def _grades(target: Target) -> Iterator[Target]:
    if not target.grade:
        return
    scale, value = vocabulary().grade(target.grade)
    at = scale.values.index(value)
    others = [other for other in scale.values if other != value]
    for other in sorted(others, key=lambda other: abs(scale.values.index(other) - at)):
        yield target.model_copy(update={"grade": f"{scale.id}:{other.id}"})


def _scale(grade: str) -> str:
    return grade.split(":", 1)[0]
