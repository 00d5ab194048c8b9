"""What a text calls a finding without saying it: an adjective of it, or a word that hints at it.

A question about a `haemangiomatous lesion` names the haemangioma, one about a `stenotic recess` a stenosis.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from generation.findings.surface import FindingMention, find_hinted, form_pattern, forms, outside
from generation.findings.vocabulary import Finding, Vocabulary, vocabulary

_ENDINGS = (
    ("oma", "omatous"),
    ("osis", "otic"),
    ("asis", "atic"),
    ("esis", "etic"),
    ("ysis", "ytic"),
    ("itis", "itic"),
    ("phyte", "phytic"),
    ("pathy", "pathic"),
    ("trophy", "trophic"),
    ("trophy", "trophied"),
    ("malacia", "malacic"),
    ("cyst", "cystic"),
    ("ation", "ated"),
    ("fication", "fied"),
    ("usion", "uded"),
    ("usion", "uding"),
)
"""How the nouns of findings end, and their adjectives."""


def adjectives(finding: Finding) -> frozenset[str]:
    """The adjectives of the nouns on which the finding's English forms end.

    >>> sorted(adjectives(vocabulary().finding("metastasis")))
    ['metastatic']
    """
    nouns = {form.split()[-1].lower() for form in forms(finding) if form.isascii()}
    return frozenset(_inflected(nouns))


def _inflected(nouns: Iterable[str]) -> Iterator[str]:
    for noun in nouns:
        for ending, adjective in _ENDINGS:
            if noun.endswith(ending):
                yield noun.removesuffix(ending) + adjective


@lru_cache(maxsize=4)
def _patterns(words: Vocabulary) -> tuple[tuple[str, re.Pattern[str]], ...]:
    found = ((finding.id, "|".join(sorted(adjectives(finding)))) for finding in words.findings)
    return tuple(
        (name, re.compile(rf"(?<![A-Za-z])(?:{listed})(?![A-Za-z])", re.IGNORECASE)) for name, listed in found if listed
    )


@lru_cache(maxsize=4)
def _general(words: Vocabulary) -> re.Pattern[str]:
    return re.compile("|".join(form_pattern(word) for word in words.general) or r"(?!)", re.IGNORECASE)


def find_described(text: str, mentions: Iterable[FindingMention]) -> frozenset[str]:
    """Findings that an adjective of a normalised text, outside the mentions, is made from."""
    remaining = outside(text, mentions)
    return frozenset(name for name, pattern in _patterns(vocabulary()) if pattern.search(remaining))


def find_alluded(text: str, mentions: Iterable[FindingMention]) -> frozenset[str]:
    """Findings hinted at by a word outside the mentions that not every finding may be called by (`lesion`)."""
    return find_hinted(_general(vocabulary()).sub("\n", outside(text, mentions)), ())
