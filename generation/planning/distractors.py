"""Wrong options of a known kind: each differs from the target in one element, and no sentence could make it true."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, zip_longest

from generation.findings import could_be_true, vocabulary
from generation.items import Role, Target
from generation.levels import neighbours
from generation.planning.draw import shuffled

WANTED = 3
OTHER_SIDES = {"left": ("right",), "right": ("left",), "central": ("left", "right")}
"""Sides that exclude each other; nothing excludes a part of `bilateral`."""


def possible_distractors(target: Target, sentences: Sequence[str]) -> dict[Role, tuple[Target, ...]]:
    """Return all distractors by role, the nearest first; the sentences of the source can make none of them true."""
    kinds = {
        Role.ADJACENT_LEVEL: _levels(target),
        Role.OTHER_SIDE: _sides(target),
        Role.OTHER_FINDING: _findings(target),
        Role.OTHER_GRADE: _grades(target),
    }
    return {
        role: tuple(wrong for wrong in wrongs if not could_be_true(wrong, sentences)) for role, wrongs in kinds.items()
    }


def choose(possible: dict[Role, tuple[Target, ...]], key: str) -> tuple[tuple[Role, Target], ...] | None:
    """Return three distractors of as many roles as there are, which the key decides; None if there are fewer."""
    roles = shuffled((role for role in possible if possible[role]), key)
    columns = [[(role, wrong) for wrong in shuffled(possible[role], f"{key}|{role}")] for role in roles]
    mixed = [entry for entry in chain.from_iterable(zip_longest(*columns)) if entry is not None]
    return tuple(mixed[:WANTED]) if len(mixed) >= WANTED else None


def _levels(target: Target) -> Iterator[Target]:
    for level in neighbours(target.level):
        yield target.model_copy(update={"level": level})


def _sides(target: Target) -> Iterator[Target]:
    sides = vocabulary().finding(target.finding).sides
    for side in OTHER_SIDES.get(target.side or "", ()):
        if side in sides:
            yield target.model_copy(update={"side": side})


def _findings(target: Target) -> Iterator[Target]:
    """Give other findings that can lie at the level and carry side and grade: nothing but the finding differs."""
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
