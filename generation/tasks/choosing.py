"""Of several candidates, the checks choose one: fewest reasons, then nearest to the source, then the earliest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
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

    Candidates of the same text are read and checked once, and only those that the checks leave equal are compared with
    the source.

    Raises:
        OutputUnreadable: the answer has no candidate at all.
    """
    choices = [
        _checked(item, index, raw, finish, parse)
        for (raw, finish), index in _distinct((candidate.text, candidate.finish) for candidate in answer.candidates)
    ]
    if not choices:
        raise OutputUnreadable(f"item {item.id}: the engine answered without a candidate; ask it again")
    fewest = min(_faults(choice) for choice in choices)
    best = [choice for choice in choices if _faults(choice) == fewest]
    return best[0] if len(best) == 1 else min(best, key=lambda choice: _rank(item, choice))


def _distinct(texts: Iterable[tuple[str, str]]) -> Iterator[tuple[tuple[str, str], int]]:
    """Give each text once, with the index at which it stands first."""
    first: dict[tuple[str, str], int] = {}
    for index, text in enumerate(texts):
        first.setdefault(text, index)
    return iter(first.items())


def _checked(item: PlannedItem, index: int, raw: str, finish: str, parse: Callable[[str], Writing]) -> Choice:
    try:
        writing: Writing | None = parse(raw)
    except OutputUnreadable:
        writing = None
    return Choice(index, raw, writing, run_checks(item, writing, finish))


def _faults(choice: Choice) -> tuple[bool, int]:
    return choice.writing is None, len(choice.reasons)


def _rank(item: PlannedItem, choice: Choice) -> tuple[bool, float, int]:
    """Of equals: a rationale or an answer that holds the whole target; then nearest to the source; then the first."""
    if choice.writing is None:
        return True, 0.0, choice.index
    texts = choice.writing.texts()
    whole = any(could_be_true(item.target, [text]) for name, text in texts.items() if name != "question")
    asked = words(choice.writing.question)
    near = sum(_nearness(item, words(text)) for text in texts.values()) - REPEATED * _repeated(asked)
    return not whole, -round(near, 3), choice.index


def _nearness(item: PlannedItem, text: list[str]) -> float:
    """Return which share of a text is one run of words of a sentence of the evidence (0 to 1)."""
    return max(longest_run(text, words(sentence.text)) for sentence in item.evidence) / (len(text) or 1)


def _repeated(text: list[str]) -> int:
    """Return how many words of four letters or more stand in a text again."""
    long = [word for word in text if len(word) > 3]
    return len(long) - len(set(long))
