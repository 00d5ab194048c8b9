"""Of several candidates, the checks choose one: fewest reasons to hold it, then the earliest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from generation.checks import run_checks
from generation.errors import OutputUnreadable
from generation.items import PlannedItem
from generation.requests import ModelAnswer
from generation.samples import Writing


@dataclass(frozen=True)
class Choice:
    """The candidate that was chosen."""

    index: int
    raw: str
    writing: Writing | None
    """None when no candidate is readable."""
    reasons: tuple[str, ...]


def choose(item: PlannedItem, answer: ModelAnswer, parse: Callable[[str], Writing]) -> Choice:
    """Return the best candidate of an answer; a readable one goes before any that is not.

    Raises:
        OutputUnreadable: the answer has no candidate at all.
    """
    best: Choice | None = None
    for index, candidate in enumerate(answer.candidates):
        try:
            writing: Writing | None = parse(candidate.text)
        except OutputUnreadable:
            writing = None
        reasons = run_checks(item, writing, candidate.finish)
        choice = Choice(index, candidate.text, writing, reasons)
        if best is None or _rank(choice) < _rank(best):
            best = choice
    if best is None:
        raise OutputUnreadable(f"item {item.id}: the engine answered without a candidate; ask it again")
    return best


def _rank(choice: Choice) -> tuple[bool, int, int]:
    return choice.writing is None, len(choice.reasons), choice.index
