"""Does the writing show what only the prompt holds: sentence ids, its markers, another answer's letter, a solved example?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from generation.checks.attributes import evidence_texts
from generation.checks.registry import check
from generation.checks.words import longest_run, words
from generation.errors import VocabularyError
from generation.items import PlannedItem
from generation.prompts import load_prompt
from generation.samples import Writing

MARKER = re.compile(r"\bp\d+s\d+\b|</?\w+>|\[\w+\]|\b(?:right|correct) option\s*:|\bFact \[|<\||\{|\}", re.IGNORECASE)
LETTER = re.compile(r"\b(?:answer|option|choice)(?:\s+is)?\s*[:(]?\s*([A-D])\b")
PROMPTS = ("mcq_draft", "mcq_revise")
LEAKED_RUN = 7
"""Words in a row of a solved example that no sentence of the evidence has."""


@check("leak", "prompt-leak")
def leak(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold text with a sentence id, a marker of the prompt, the letter of a wrong option, or words of a solved example."""
    text = f"{writing.question} {writing.rationale}"
    marked = bool(MARKER.search(text)) or any(sentence.id in text.split() for sentence in item.evidence)
    lettered = any(letter != item.answer for letter in LETTER.findall(text))
    return ["prompt-leak"] if marked or lettered or _from_example(item, writing) else []


def _from_example(item: PlannedItem, writing: Writing) -> bool:
    written = [words(writing.question), words(writing.rationale)]
    own = {word for text in evidence_texts(item) for word in words(text)}
    marks, answers = _examples(item.language)
    if any(marks.intersection(text) - own for text in written):
        return True
    runs = [text for text in answers if any(longest_run(list(text), one) >= LEAKED_RUN for one in written)]
    return any(not own.issuperset(text) for text in runs)


@lru_cache(maxsize=4)
def _examples(language: str) -> tuple[frozenset[str], tuple[tuple[str, ...], ...]]:
    """Return the words that mark the solved examples of a language's prompts, and the sentences these answer with."""
    marks: set[str] = set()
    answers: set[tuple[str, ...]] = set()
    for name in PROMPTS:
        try:
            prompt = load_prompt(name, language)
        except VocabularyError:
            continue  # no prompt of this language: nothing can have leaked from it
        marks.update(prompt.marks)
        for example in prompt.examples:
            answers.update(tuple(words(value)) for value in example.answer.values() if isinstance(value, str))
    return frozenset(marks), tuple(sorted(answers))
