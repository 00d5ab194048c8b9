"""What a text calls a finding without saying it: an adjective of it, or a word that hints at it.

A question about a `haemangiomatous lesion` names the haemangioma, one about a `stenotic recess` a stenosis.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from generation.findings.surface import FindingMention, find_hinted, form_pattern, forms, outside
from generation.findings.vocabulary import Finding, vocabulary

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


class _Adjectives(NamedTuple):
    """Every adjective as one pattern, and the findings each of them is made from."""

    pattern: re.Pattern[str]
    owners: Mapping[str, frozenset[str]]


@lru_cache(maxsize=1)
def _adjectives() -> _Adjectives:
    owners: dict[str, set[str]] = defaultdict(set)
    for finding in vocabulary().findings:
        for adjective in () if finding.is_procedure else adjectives(finding):
            owners[adjective].add(finding.id)
    pattern = rf"(?<![A-Za-z])(?:{'|'.join(sorted(owners))})(?![A-Za-z])"
    return _Adjectives(re.compile(pattern, re.IGNORECASE), {word: frozenset(names) for word, names in owners.items()})


@lru_cache(maxsize=1)
def _general() -> re.Pattern[str]:
    return re.compile("|".join(form_pattern(word) for word in vocabulary().general) or r"(?!)", re.IGNORECASE)


def _outside_findings(text: str, mentions: Iterable[FindingMention]) -> str:
    known = vocabulary()
    return outside(text, (mention for mention in mentions if not known.finding(mention.finding).is_procedure))


def find_described(text: str, mentions: Iterable[FindingMention]) -> frozenset[str]:
    """Findings that an adjective of a normalised text, outside the findings mentioned, is made from."""
    pattern, owners = _adjectives()
    words = pattern.findall(_outside_findings(text, mentions))
    return frozenset(name for word in words for name in owners[word.lower()])


def find_alluded(text: str, mentions: Iterable[FindingMention]) -> frozenset[str]:
    """Findings hinted at by a word outside the findings mentioned that not every one may be called by (`lesion`)."""
    return find_hinted(_general().sub("\n", _outside_findings(text, mentions)), ())
