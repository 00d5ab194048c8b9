"""What a text names of what tells options apart: levels, sides, findings and grades."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from generation.findings import find_statements, sides_in, vocabulary
from generation.findings.attributes import find_grades
from generation.findings.naming import find_alluded, find_described
from generation.findings.surface import find_mentions
from generation.items import PlannedItem
from generation.levels import find_levels, vertebrae_of
from generation.levels.normal import normalise
from generation.samples import Writing

BARE_LEVEL = re.compile(r"(?<![A-Za-z0-9])([CTLS])\s?(1[0-3]|[1-9])(?![0-9])", re.IGNORECASE)
SIDE_WORD = re.compile(r"(?<![a-z])(left|right|bilateral|midline|central)(?:ly|wards?)?(?![a-z])", re.IGNORECASE)


class Named(NamedTuple):
    """What one text names."""

    levels: frozenset[str]
    """Canonical."""
    sides: frozenset[str]
    findings: frozenset[str]
    """Ids of the findings it says; where it says none, of those an adjective names, else of those a word hints at."""
    grades: frozenset[str]
    described: frozenset[str]
    """Ids of the findings an adjective names (`haemangiomatous`)."""


@lru_cache(maxsize=4096)
def named_in(text: str) -> Named:
    """Return what a text names."""
    normal = normalise(text).text
    mentions = find_mentions(normal)
    said = frozenset(mention.finding for mention in mentions)
    described = find_described(normal, mentions)
    findings = said or described or find_alluded(normal, mentions)
    return Named(levels_in([text]), _sides(text), findings, grades_said(text), described)


def _sides(text: str) -> frozenset[str]:
    """Return the sides of a text; the `central` of a finding's name is none."""
    return frozenset(sides_in(text)) | frozenset(said.side for said in find_statements(text) if said.side)


def levels_in(texts: Iterable[str]) -> frozenset[str]:
    """Return every level that the texts name, canonical."""
    return frozenset(level for text in texts for mention in find_levels(text) for level in mention.levels)


def vertebrae_in(texts: Iterable[str]) -> frozenset[str]:
    """Return every vertebra that the texts name, alone or in a disc, read crudely (`T2` of `T2-weighted` too)."""
    texts = tuple(texts)
    bare = {f"{letter.upper()}{digits}" for text in texts for letter, digits in BARE_LEVEL.findall(text)}
    return frozenset(bare) | frozenset(part for level in levels_in(texts) for part in vertebrae_of(level))


def side_words_in(texts: Iterable[str]) -> frozenset[str]:
    """Return every word of a side in the texts, whatever it is said of."""
    return frozenset(word.lower() for text in texts for word in SIDE_WORD.findall(text))


def grades_said(text: str) -> frozenset[str]:
    """Return every grade that a text names in so many words (`minor` of a minor accident is none)."""
    mentions = find_grades(normalise(text).text)
    return frozenset(grade for mention in mentions if not mention.hinted for grade in mention.grades)


def cited_texts(item: PlannedItem, writing: Writing) -> tuple[str, ...]:
    """Return the cited evidence sentences, each on one line; ids that the item does not have give nothing."""
    return tuple(" ".join(s.text.split()) for s in item.evidence if s.id in writing.citations)


def evidence_texts(item: PlannedItem) -> tuple[str, ...]:
    """Return all evidence sentences, each on one line."""
    return tuple(" ".join(sentence.text.split()) for sentence in item.evidence)


def findings_said(texts: Iterable[str]) -> frozenset[str]:
    """Return the findings that the texts say in so many words, with what each is a kind of and its kinds."""
    said = {mention.finding for text in texts for mention in find_mentions(normalise(text).text)}
    return frozenset(other for name in said for other in vocabulary().related(name))
