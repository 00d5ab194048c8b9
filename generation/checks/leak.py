"""Does the writing show what only the prompt holds: ids, markers, a wrong option's letter, a solved example?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from generation.checks.grounds import evidence_texts
from generation.checks.registry import check
from generation.checks.words import HAN, letters, words
from generation.errors import VocabularyError
from generation.items import Kind, PlannedItem
from generation.prompts import Prompt, load_prompt
from generation.samples import Writing
from generation.sources import Language

MARKER = re.compile(
    r"\bp\d+s\d+\b|</?\w+>|\[\w+\]|\b(?:right|correct) option\s*:|<\||\{|\}|正确选项\s*[:：]", re.IGNORECASE
)
STAGES = ("draft", "revise")
SHORTEST_ANSWER = 6
"""Words of an example's text that nobody writes by chance; `Thank you, doctor.` is shorter."""


class Examples(NamedTuple):
    """What can only come from the solved examples."""

    marks: frozenset[str]
    """Words."""
    phrases: frozenset[str]
    """Chinese marks, of several characters each."""
    answers: frozenset[tuple[str, ...]]
    """Whole texts that they answer with."""


@check("leak", "prompt-leak")
def leak(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold text with a sentence id, a marker of the prompt, a wrong option's letter, or words of a solved example."""
    texts = tuple(writing.texts().values())
    whole = " ".join(texts)
    marked = bool(MARKER.search(whole)) or not {s.id for s in item.evidence}.isdisjoint(whole.split())
    lettered = any(letter != item.answer for letter in letters(whole))
    return ["prompt-leak"] if marked or lettered or _from_example(item, texts) else []


def _from_example(item: PlannedItem, texts: Iterable[str]) -> bool:
    """Say whether a mark of the examples stands in the writing and not in the evidence, or a whole example does."""
    examples = examples_of(item.kind, item.language)
    found: set[str] = set()
    for text in texts:
        written = words(text)
        if tuple(written) in examples.answers:
            return True
        found.update(_marks(examples, text, written))
    own = " ".join(evidence_texts(item)) if found else ""
    return bool(found) and not found <= _marks(examples, own, words(own))


def _marks(examples: Examples, text: str, written: Iterable[str]) -> set[str]:
    return set(examples.marks.intersection(written)) | {mark for mark in examples.phrases if mark in text}


@lru_cache(maxsize=16)
def examples_of(kind: Kind, language: Language) -> Examples:
    """Return what marks the solved examples of a kind's prompts (`<kind>_draft`, `<kind>_revise`) in a language."""
    marks: set[str] = set()
    answers: set[tuple[str, ...]] = set()
    for stage in STAGES:
        if prompt := _prompt(f"{kind}_{stage}", language):
            marks.update(prompt.marks)
            given = (tuple(words(text)) for example in prompt.examples for text in _texts(example.answer))
            answers.update(text for text in given if len(text) >= SHORTEST_ANSWER)
    phrases = frozenset(mark for mark in marks if HAN.match(mark))
    return Examples(frozenset(marks) - phrases, phrases, frozenset(answers))


def _texts(value: Any) -> Iterator[str]:
    """Give every text inside an example's answer."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def _prompt(name: str, language: Language) -> Prompt | None:
    """Return a prompt; None where there is none of the language, from which nothing can have leaked."""
    try:
        return load_prompt(name, language)
    except VocabularyError:
        return None
