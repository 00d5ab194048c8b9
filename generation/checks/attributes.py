"""What a text names that the checks compare: levels, sides, findings, grades and numbers; each text is read once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from generation.findings import Statement, find_statements, sides_in
from generation.findings.clauses import read
from generation.findings.naming import find_alluded, find_described
from generation.findings.surface import find_hinted
from generation.levels import vertebrae_of

BARE_LEVEL = re.compile(r"(?<![A-Za-z0-9])([CTLS])\s?(1[0-3]|[1-9])(?![0-9])", re.IGNORECASE)
SIDE_WORD = re.compile(r"(?<![a-z])(left|right|bilateral|midline|central)(?:ly|wards?)?(?![a-z])", re.IGNORECASE)
NO_SIDE = re.compile(
    r"(?:(?:that|you|he|she|it)(?:['’](?:s|re)| is| are| was| were)|quite)\s+right(?=\W*$|[,.!?;])|\ball right\b"
    r"|\bright(?=\s+(?:(?:kind|sort)\s+of\s+)?(?:treatment|choice|decision|thing|time|way|option|step|moment|place|people)s?\b)"
    r"|左右(?![侧两二])",
    re.IGNORECASE,
)
"""Words of a side that name none: `you are right`, `the right treatment`, `三周左右` (about three weeks)."""
NUMBER = re.compile(r"(?<![A-Za-z\d.])\d+(?:\.\d+)?")
"""A number of its own: the 2 of `T2-weighted` counts nothing."""
LIST_MARK = re.compile(r"(?:(?<=^)|(?<=[\s:：;；。]))[(（]?\d{1,2}(?:[.)）、](?!\d)|\.\s)")
"""The number of a list's entry: `1. Rest. 2) Exercise.`"""


class Said(NamedTuple):
    """What one text says."""

    levels: frozenset[str]
    """Canonical."""
    vertebrae: frozenset[str]
    """Alone or in a disc, read crudely (`T2` of `T2-weighted` too)."""
    sides: frozenset[str]
    side_words: frozenset[str]
    """Every word of a side, whatever it is said of."""
    grades: frozenset[str]
    """Those named in so many words (`minor` of a minor accident is none)."""
    gradings: frozenset[frozenset[str]]
    """The same word by word: `grade II` is one of every scale that it could be."""
    findings: frozenset[str]
    """Those named in so many words."""
    procedures: frozenset[str]
    """The same of what is done and not found."""
    numbers: frozenset[str]
    """Other than those of levels."""
    counts: frozenset[str]
    """Numbers without those of a list's entries."""
    statements: tuple[Statement, ...]


class Named(NamedTuple):
    """What one text names of what tells options apart."""

    levels: frozenset[str]
    """Canonical."""
    sides: frozenset[str]
    findings: frozenset[str]
    """Ids of the findings it says (where it says none, of those an adjective names, else of those a word hints at), and
    of the procedures."""
    grades: frozenset[str]
    described: frozenset[str]
    """Ids of the findings an adjective names (`haemangiomatous`)."""


@lru_cache(maxsize=4096)
def said_in(text: str) -> Said:
    """Return what a text says."""
    reading = read(text)
    levels = frozenset(level for mention in reading.levels for level in mention.levels)
    bare = {f"{letter.upper()}{digits}" for letter, digits in BARE_LEVEL.findall(text)}
    plain = list(reading.normal.text)
    for mention in reading.levels:
        plain[mention.start : mention.end] = " " * (mention.end - mention.start)
    unplaced = "".join(plain)
    return Said(
        levels=levels,
        vertebrae=frozenset(bare) | frozenset(part for level in levels for part in vertebrae_of(level)),
        sides=sides_in(NO_SIDE.sub(" ", text)),
        side_words=frozenset(word.lower() for word in SIDE_WORD.findall(text)),
        grades=frozenset(grade for said in reading.grades if not said.hinted for grade in said.grades),
        gradings=frozenset(said.grades for said in reading.grades if not said.hinted),
        findings=frozenset(mention.finding for mention in reading.findings),
        procedures=frozenset(mention.finding for mention in reading.procedures),
        numbers=frozenset(NUMBER.findall(unplaced)),
        counts=frozenset(NUMBER.findall(LIST_MARK.sub(" ", unplaced))),
        statements=find_statements(text),
    )


@lru_cache(maxsize=4096)
def named_in(text: str) -> Named:
    """Return what a text names."""
    said, reading = said_in(text), read(text)
    described = find_described(reading.normal.text, reading.findings)
    sides = sides_in(text) | {statement.side for statement in said.statements if statement.side}
    findings = said.findings or described or find_alluded(reading.normal.text, reading.findings)
    return Named(said.levels, sides, findings | said.procedures, said.grades, described)


@lru_cache(maxsize=4096)
def hinted_in(text: str) -> frozenset[str]:
    """Return the findings and procedures that words of a text outside those it says hint at."""
    reading = read(text)
    return find_hinted(reading.normal.text, (*reading.findings, *reading.procedures))


def everywhere(texts: Iterable[str], field: str) -> frozenset[str]:
    """Return the union of a field of `Said` over texts."""
    return frozenset().union(*(getattr(said_in(text), field) for text in texts))
