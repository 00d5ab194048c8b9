"""Sides and grades that a text names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from generation.findings.heads import Heads, head, heads
from generation.findings.surface import form_pattern
from generation.findings.vocabulary import Scale, vocabulary
from generation.levels.normal import normalise

_NOT_LEFT = r"un\w+|alone|in\s+(?:place|situ)|behind|intact|open|the|it|with|to\s+heal|ventric|atri|hospital"
_NOT_RIGHT = r"hand(?:ed)?\b|handers?|after|away|now|angles?|atri|ventric|before"
_NOT_CENTRAL = (
    r"(?:spinal\s+)?(?:canal|stenosis|cord|nervous|narrowing)|and\s+(?:bilateral\s+)?(?:foram|lateral)"
    r"|as\s+well\s+as|or\s+foram"
)
_SIDES = {
    "left": rf"left(?!\s+(?:{_NOT_LEFT}))|左",
    "right": rf"right(?![\s-]+(?:{_NOT_RIGHT}))|右",
    "bilateral": r"bilateral(?:ly)?|both\s+sides|both\s+(?:neural\s+)?foramina|双侧|两侧",
    "central": rf"central(?:ly)?(?!\s+(?:{_NOT_CENTRAL}))|midline|median|中央型|中央(?!椎?管|狭)|正中",
}
_SIDE = re.compile(
    "(?<![A-Za-z])(?:" + "|".join(f"(?P<{name}>{words})" for name, words in _SIDES.items()) + ")(?![A-Za-z])",
    re.IGNORECASE,
)
_LEFT_VERB = re.compile(r"\b(?:was|were|is|are|be|been|has|have|had|he|she|it|they)\s+$", re.IGNORECASE)
_SIDE_WORD = re.compile(
    r"\s*-?\s*(?:sided|side|paracentral|lateral|posterolateral|foraminal|[a-z]+\s+dis[ck])", re.IGNORECASE
)
_ASKED = re.compile(r"(?<![A-Za-z])how\s+$", re.IGNORECASE)
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "1": 1, "2": 2, "3": 3, "4": 4, "5": 5}
_NUMERAL = r"(?:IV|V|I{1,3}|[1-5])(?![A-Za-z0-9]|\.\d|/)"
_SPAN = rf"(?P<first>{_NUMERAL})(?:\s*(?:-|to|/|or|and|至)\s*(?P<last>{_NUMERAL}))?"


@dataclass(frozen=True, slots=True)
class SideMention:
    """A side at [start, end) of the normalised text."""

    side: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class GradeMention:
    """Grades at [start, end): `<scale>:<value>` of every scale the words could mean."""

    grades: frozenset[str]
    start: int
    end: int
    hinted: bool = False
    """Named by a hint: counts in liberal reading only."""


@lru_cache(maxsize=4096)
def find_sides(text: str) -> tuple[SideMention, ...]:
    """The sides of a normalised text; `was left`, `right-handed` and `central canal` are none."""
    return tuple(
        SideMention(match.lastgroup, match.start(), match.end())
        for match in _SIDE.finditer(text)
        if match.lastgroup and not (match.lastgroup == "left" and _is_verb(text, match))
    )


def _is_verb(text: str, match: re.Match[str]) -> bool:
    verb = _LEFT_VERB.search(text, max(0, match.start() - 12), match.start())
    return bool(verb) and not _SIDE_WORD.match(text, match.end())


class _Worded(NamedTuple):
    """Words of one grade that begin alike."""

    rank: int
    """Of grade and hint, in the order of the file."""
    grades: frozenset[str]
    hinted: bool
    pattern: re.Pattern[str]


@lru_cache(maxsize=1)
def _worded() -> Heads[tuple[_Worded, ...]]:
    """The words of grades by their heads."""
    tried: dict[str, list[_Worded]] = {}
    free: set[str] = set()
    values = [(f"{scale.id}:{value.id}", value) for scale in vocabulary().scales for value in scale.values]
    listed = [(g, hinted, v.hints if hinted else (*v.en, *v.zh)) for g, v in values for hinted in (False, True)]
    for rank, (grade, hinted, words) in enumerate(listed):
        alike: dict[str, list[str]] = {}
        for word in words:
            alike.setdefault(head(word), []).append(form_pattern(word))
            free |= set() if word.isascii() else {head(word)}
        for begin, patterns in alike.items():
            pattern = re.compile("|".join(patterns), re.IGNORECASE)
            tried.setdefault(begin, []).append(_Worded(rank, frozenset({grade}), hinted, pattern))
    return heads({begin: tuple(found) for begin, found in tried.items()}, free)


@lru_cache(maxsize=1)
def _numbered() -> re.Pattern[str]:
    """A numeral with a scale's name, a general word (`grade`), or both."""
    scales = vocabulary().scales
    keywords = "|".join(sorted({re.escape(word) for scale in scales for word in scale.keywords}, key=len, reverse=True))
    latin = "|".join(sorted({word for scale in scales for word in scale.generic if word.isascii()}))
    zh = "|".join(sorted({word for scale in scales for word in scale.generic if not word.isascii()}))
    # Possessive: a run of blanks read in every possible division takes time that grows with its cube.
    before = rf"(?P<keyword>{keywords})?(?:['’]s)?\s*+[(,]?\s*+(?:(?P<word>{latin})s?)?[\s-]*+"
    return re.compile(rf"(?<![A-Za-z]){before}(?P<span>{_SPAN})\s*(?P<zh>[{zh.replace('|', '')}])?", re.IGNORECASE)


def _scales_of(match: re.Match[str]) -> list[Scale]:
    keyword = (match["keyword"] or "").lower()
    word = (match["word"] or match["zh"] or "").lower()
    if keyword:
        return [scale for scale in vocabulary().scales if keyword in scale.keywords]
    return [scale for scale in vocabulary().scales if word and word in scale.generic]


def _numbered_grades(text: str) -> Iterator[GradeMention]:
    for match in _numbered().finditer(text):
        first = _ROMAN[match["first"].lower()]
        last = _ROMAN[match["last"].lower()] if match["last"] else first
        grades = frozenset(
            f"{scale.id}:{value.id}"
            for scale in _scales_of(match)
            for value in scale.values[min(first, last) - 1 : max(first, last)]
        )
        if grades:
            yield GradeMention(grades, match.start(), match.end())


@lru_cache(maxsize=4096)
def find_grades(text: str) -> tuple[GradeMention, ...]:
    """The grades of a normalised text, in order; a plain `grade II` is one of every scale that it could be.

    `How severe` asks for a grade and names none.
    """
    found = [(mention.start, mention.end, -1, mention) for mention in _numbered_grades(text)]
    ends: dict[int, int] = {}
    for start, tried in _worded().places(text):
        for rank, grades, hinted, pattern in tried:
            match = pattern.match(text, start) if start >= ends.get(rank, 0) else None
            if match:
                ends[rank] = match.end()
                if not _ASKED.search(text, max(0, start - 12), start):
                    found.append((start, match.end(), rank, GradeMention(grades, start, match.end(), hinted)))
    return tuple(mention for *_, mention in sorted(found, key=lambda one: one[:3]))


@lru_cache(maxsize=4096)
def sides_in(text: str) -> frozenset[str]:
    """Every side a text names: `left`, `right`, `bilateral`, `central`."""
    return frozenset(mention.side for mention in find_sides(normalise(text).text))


@lru_cache(maxsize=4096)
def grades_in(text: str) -> frozenset[str]:
    """Every grade a text could name, as `<scale>:<value>`; `mild to severe` and `I-III` include what lies between."""
    found = {grade for mention in find_grades(normalise(text).text) for grade in mention.grades}
    severities = [f"severity:{value.id}" for value in vocabulary().scale("severity").values]
    named = [index for index, grade in enumerate(severities) if grade in found]
    return frozenset(found) | frozenset(severities[min(named) : max(named) + 1] if named else ())
