"""Does the writing show what only the prompt holds: ids, markers, a wrong option's letter, a solved example?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from generation.checks.attributes import evidence_texts
from generation.checks.registry import check
from generation.checks.words import LETTER, words
from generation.errors import VocabularyError
from generation.items import PlannedItem
from generation.prompts import Prompt, load_prompt
from generation.samples import Writing
from generation.sources import Language

MARKER = re.compile(r"\bp\d+s\d+\b|</?\w+>|\[\w+\]|\b(?:right|correct) option\s*:|<\||\{|\}", re.IGNORECASE)
PROMPTS = ("mcq_draft", "mcq_revise")


@check("leak", "prompt-leak")
def leak(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold text with a sentence id, a marker of the prompt, a wrong option's letter, or words of a solved example."""
    text = f"{writing.question} {writing.rationale}"
    marked = bool(MARKER.search(text)) or any(sentence.id in text.split() for sentence in item.evidence)
    lettered = any(letter != item.answer for letter in LETTER.findall(text))
    return ["prompt-leak"] if marked or lettered or _from_example(item, writing) else []


def _from_example(item: PlannedItem, writing: Writing) -> bool:
    """Say whether a mark of the examples stands in the writing and not in the evidence, or a whole example does."""
    own = {word for text in evidence_texts(item) for word in words(text)}
    marks, answers = _examples(item.language)
    written = [tuple(words(text)) for text in (writing.question, writing.rationale)]
    return any(text in answers or marks.intersection(text) - own for text in written)


@lru_cache(maxsize=4)
def _examples(language: Language) -> tuple[frozenset[str], frozenset[tuple[str, ...]]]:
    """Return the words that mark the solved examples of a language's prompts, and the texts these answer with."""
    marks: set[str] = set()
    answers: set[tuple[str, ...]] = set()
    for name in PROMPTS:
        if prompt := _prompt(name, language):
            marks.update(prompt.marks)
            given = (value for example in prompt.examples for value in example.answer.values())
            answers.update(tuple(words(value)) for value in given if isinstance(value, str) and " " in value)
    return frozenset(marks), frozenset(answers)


def _prompt(name: str, language: Language) -> Prompt | None:
    """Return a prompt; None where there is none of the language, from which nothing can have leaked."""
    try:
        return load_prompt(name, language)
    except VocabularyError:
        return None
