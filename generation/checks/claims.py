"""What texts claim of a target: where it is, on which side, how bad, that it is absent; and who says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from generation.checks.attributes import said_in
from generation.checks.grounds import Grounds, grounds_in, hold
from generation.findings import Statement, vocabulary
from generation.items import Target
from generation.samples import Speaker, Writing


def spoken_by_doctor(writing: Writing) -> tuple[str, ...]:
    """Return the texts that speak with a doctor's authority: all but a patient's turns."""
    patient = {f"turns.{n}" for n, said in enumerate(writing.turns) if said.role is Speaker.PATIENT}
    return tuple(text for name, text in writing.texts().items() if name not in patient)


def _of_target(text: str, target: Target) -> Iterator[Statement]:
    for said in said_in(text).statements:
        if said.finding == target.finding and said.levels in ((), (target.level,)):
            yield said


def missided(text: str, target: Target, grounds: Grounds) -> bool:
    """Say whether a text puts the target's finding on another side than the sentences have it."""
    return any(
        (target.side is not None and said.side != target.side)
        or not hold(grounds.texts, said.finding, target.level, side=said.side)
        for said in _of_target(text, target)
        if said.side is not None
    )


def misgraded(text: str, target: Target, grounds: Grounds) -> bool:
    """Say whether a text gives the target's finding another grade than the sentences do."""
    return any(
        (target.grade is not None and said.grade != target.grade)
        or not hold(grounds.texts, said.finding, target.level, grade=said.grade)
        for said in _of_target(text, target)
        if said.grade is not None
    )


def missided_elsewhere(text: str, grounds: Grounds) -> bool:
    """Say whether a text puts any finding at one level on a side where the sentences do not have it there."""
    return any(
        not hold(grounds.texts, said.finding, said.levels[0], side=said.side)
        for said in said_in(text).statements
        if said.side is not None and len(said.levels) == 1 and not said.negated
    )


def misgraded_elsewhere(text: str, grounds: Grounds) -> bool:
    """Say whether a text gives any finding at one level a grade that the sentences do not give it there."""
    return any(
        not hold(grounds.texts, said.finding, said.levels[0], grade=said.grade)
        for said in said_in(text).statements
        if said.grade is not None and len(said.levels) == 1 and not said.negated
    )


def has_side(target: Target, named: frozenset[str]) -> bool:
    """Say whether the sides named hold the target's, if it has one."""
    return target.side is None or target.side in named or (target.side == "bilateral" and {"left", "right"} <= named)


def denies(target: Target, sentences: Iterable[str]) -> bool:
    """Say whether a sentence says that the target's finding is not there."""
    related = vocabulary().related(target.finding)
    return any(
        said.negated and said.finding in related and said.levels in ((), (target.level,))
        for sentence in sentences
        for said in said_in(sentence).statements
    )


def strange_in(text: str, target: Target, texts: tuple[str, ...]) -> frozenset[str]:
    """Return the findings of a text that neither sentences nor target have; beside a procedure, procedures as well."""
    said, known = said_in(text), vocabulary()
    named = said.findings | said.procedures if known.finding(target.finding).is_procedure else said.findings
    return named - known.related(target.finding) - grounds_in(texts).findings
