"""A sentence read into segments and clauses, with the levels, findings, sides and grades of each clause.

Which level a finding is bound to is decided clause by clause: a clause that only says where (`At L4/5, ...`) gives
its level to the clauses behind it that name none; a clause with levels and no finding makes the one before it
ambiguous, and gives it nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol, TypeVar

from generation.findings.attributes import GradeMention, SideMention, find_grades, find_sides
from generation.findings.cues import PREAMBLE, STRONG_BREAK, WEAK_BREAK
from generation.findings.surface import FindingMention, find_said
from generation.levels import LevelKind, LevelMention, find_levels
from generation.levels.normal import NormalText, normalise


class Span(Protocol):
    """Anything that lies at [start, end) of the normalised text."""

    @property
    def start(self) -> int:
        """Where it begins."""

    @property
    def end(self) -> int:
        """Where it has ended."""


Mention = TypeVar("Mention", bound=Span)


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything found in a normalised text."""

    normal: NormalText
    levels: tuple[LevelMention, ...]
    findings: tuple[FindingMention, ...]
    procedures: tuple[FindingMention, ...]
    sides: tuple[SideMention, ...]
    grades: tuple[GradeMention, ...]


@dataclass(slots=True)
class Clause:
    """A piece of a segment, [start, end) of the normalised text."""

    start: int
    end: int
    segment: tuple[int, int]
    findings: tuple[FindingMention, ...]
    sides: tuple[SideMention, ...]
    own: tuple[LevelMention, ...]
    """Levels inside the clause, nerve roots apart."""
    where: tuple[LevelMention, ...] = ()
    """Levels given to it by a clause that only says where."""
    doubtful: list[LevelMention] = field(default_factory=list)
    """Levels of later clauses without a finding: they may be meant as well."""


@lru_cache(maxsize=4096)
def read(text: str) -> Reading:
    """Find everything in a text; offsets are those of the normalised text."""
    normal = normalise(text)
    plain = normal.text
    return Reading(normal, find_levels(plain), *find_said(plain), find_sides(plain), find_grades(plain))


def _pieces(start: int, end: int, breaks: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    for first, last in breaks:
        if start <= first and last <= end:
            yield start, first
            start = last
    yield start, end


def _joins(text: str, start: int, end: int, spans: Sequence[Span]) -> bool:
    """True when text[start:end] stands between two of the spans with nothing else but small words."""
    before = [span for span in spans if span.end <= start and _small(text[span.end : start])]
    after = [span for span in spans if span.start >= end and _small(text[end : span.start])]
    return bool(before and after)


def _small(text: str) -> bool:
    return all(
        word in ("", "at", "the", "on", "in", "and", "-", "sided", "level", ",") for word in text.lower().split()
    )


def _weak_breaks(reading: Reading, named: Sequence[Span]) -> list[tuple[int, int]]:
    """Places where a clause ends: not inside a level or finding, and not between members of one list."""
    text = reading.normal.text
    solid: tuple[Sequence[Span], ...] = (reading.levels, named, reading.grades)
    lists: tuple[Sequence[Span], ...] = (reading.levels, reading.sides, reading.grades)
    found = []
    for match in WEAK_BREAK.finditer(text):
        inside = any(span.start < match.end() and match.start() < span.end for spans in solid for span in spans)
        if not inside and not any(_joins(text, match.start(), match.end(), spans) for spans in lists):
            found.append((match.start(), match.end()))
    return found


def _says_where(text: str, clause: Clause) -> bool:
    if clause.findings or len(clause.own) != 1:
        return False
    level = clause.own[0]
    return bool(PREAMBLE.fullmatch(f"{text[clause.start : level.start]}\0{text[level.end : clause.end]}"))


def within(mentions: Sequence[Mention], start: int, end: int) -> tuple[Mention, ...]:
    """The mentions that lie wholly in [start, end)."""
    return tuple(mention for mention in mentions if start <= mention.start and mention.end <= end)


def _bind(text: str, clauses: Sequence[Clause]) -> None:
    """Give the levels of clauses without findings to their neighbours, within one segment."""
    where: tuple[LevelMention, ...] = ()
    previous: Clause | None = None
    for clause in clauses:
        if clause.findings:
            if clause.own:
                where = ()
            clause.where = where
            previous = clause
        elif _says_where(text, clause):
            where, previous = clause.own, None
        elif clause.own:
            where = ()
            if previous:
                previous.doubtful.extend(clause.own)


def clauses_of(reading: Reading, named: Sequence[FindingMention]) -> list[Clause]:
    """The clauses that say one of the mentions (findings, or procedures), in order, with their levels bound."""
    text = reading.normal.text
    strong = [(match.start(), match.end()) for match in STRONG_BREAK.finditer(text)]
    weak = _weak_breaks(reading, named)
    places = [level for level in reading.levels if level.kind is not LevelKind.NERVE_ROOT]
    said: list[Clause] = []
    for segment in _pieces(0, len(text), strong):
        clauses = [
            Clause(
                *(start, end, segment),
                findings=within(named, start, end),
                sides=within(reading.sides, start, end),
                own=within(places, start, end),
            )
            for start, end in _pieces(*segment, [gap for gap in weak if segment[0] <= gap[0] and gap[1] <= segment[1]])
        ]
        _bind(text, clauses)
        said.extend(clause for clause in clauses if clause.findings)
    return said
