"""Which words a schema lets a model write: those of the evidence, common ones, and none that gives the answer away."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib import resources

import yaml

from generation.errors import VocabularyError
from generation.findings import vocabulary
from generation.findings.surface import forms
from generation.items import Evidence, PlannedItem
from generation.sources import Language

WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
SPECIAL = re.compile(r"[^\W_]+(?:[./-][^\W_]+)*")
SIDES = frozenset(
    ["left", "right", "both", "bilateral", "bilaterally", "midline", "central", "left-sided", "right-sided"]
)
"""Words of a side; no question needs one, since the options name it."""


@lru_cache(maxsize=4)
def common_words(language: Language, part: str) -> frozenset[str]:
    """Return the words a model may use in a `question` or `rationale` besides those of the evidence.

    Raises:
        VocabularyError: there is no list for the language.
    """
    path = resources.files("generation.tasks") / "files" / f"common_words.{language}.yaml"
    if not path.is_file():
        raise VocabularyError(f"there are no common words for {language}; write generation/tasks/files/{path.name}")
    return frozenset(yaml.safe_load(path.read_text(encoding="utf-8"))[part].split())


def support_of(item: PlannedItem) -> tuple[Evidence, ...]:
    """Return the evidence sentences that state the target."""
    return tuple(sentence for sentence in item.evidence if sentence.id in item.support)


def special_words(sentences: Sequence[Evidence], *, numbers: bool) -> tuple[str, ...]:
    """Return words with a capital inside a sentence or in an abbreviation, and with `numbers` those with a digit."""
    found = set()
    for sentence in sentences:
        for place, word in enumerate(SPECIAL.findall(sentence.text)):
            digit = re.search("[0-9]", word)
            if (digit and numbers) or (not digit and re.search("[A-Z]" if place else "[A-Z].*[A-Z]", word)):
                found.add(word)
    return tuple(sorted(found))


def question_words(item: PlannedItem) -> tuple[str, ...]:
    """Return the words a question may use: of all evidence, but none that tells the options apart or names a side."""
    hidden = _hidden(item) | SIDES
    lower = _lower(sentence.text for sentence in item.evidence)
    special = special_words(item.evidence, numbers=False)
    common = common_words(item.language, "question")
    return (*sorted((lower - hidden) | common), *(word for word in special if word.lower() not in hidden))


def rationale_words(item: PlannedItem) -> tuple[str, ...]:
    """Return the words a rationale may use: of the supporting sentences and the right option."""
    right = next(option.text for option in item.options if option.id == item.answer)
    support = support_of(item)
    lower = _lower([right, *(sentence.text for sentence in support)])
    common = common_words(item.language, "rationale")
    return (*sorted(lower | common), *special_words(support, numbers=True))


def _hidden(item: PlannedItem) -> set[str]:
    """Return the words of the options and of their findings' other names and hints, small words apart."""
    findings = {item.target.finding} | {option.claim.finding for option in item.options if option.claim}
    terms = [option.text for option in item.options]
    for name in findings:
        finding = vocabulary().finding(name)
        terms.extend((*forms(finding), *finding.hints))
    return _lower(terms) - common_words(item.language, "question")


def _lower(texts: Iterable[str]) -> set[str]:
    return {word for text in texts for word in WORD.findall(text.lower()) if len(word) > 1 or word == "a"}
