"""Of several candidates, the checks choose one: fewest reasons, then nearest to the source, then the earliest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from generation.checks import run_checks
from generation.checks.words import longest_run, words
from generation.errors import OutputUnreadable
from generation.findings import could_be_true
from generation.items import PlannedItem
from generation.requests import ModelAnswer
from generation.samples import Writing

REPEATED = 0.2
"""What a word that a question says again takes from its nearness."""


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
        if best is None or _rank(item, choice) < _rank(item, best):
            best = choice
    if best is None:
        raise OutputUnreadable(f"item {item.id}: the engine answered without a candidate; ask it again")
    return best


def _rank(item: PlannedItem, choice: Choice) -> tuple[bool, int, bool, float, int]:
    """Fewest reasons; then a rationale that holds the whole target; then nearest to the source; then the earliest."""
    if choice.writing is None:
        return True, len(choice.reasons), True, 0.0, choice.index
    rationale, question = words(choice.writing.rationale), words(choice.writing.question)
    whole = could_be_true(item.target, [choice.writing.rationale])
    near = _nearness(item, rationale) + _nearness(item, question) - REPEATED * _repeated(question)
    return False, len(choice.reasons), not whole, -round(near, 3), choice.index


def _nearness(item: PlannedItem, text: list[str]) -> float:
    """Return which share of a text is one run of words of a sentence of the evidence (0 to 1)."""
    return max(longest_run(text, words(sentence.text)) for sentence in item.evidence) / (len(text) or 1)


def _repeated(text: list[str]) -> int:
    """Return how many words of four letters or more stand in a text again."""
    long = [word for word in text if len(word) > 3]
    return len(long) - len(set(long))
