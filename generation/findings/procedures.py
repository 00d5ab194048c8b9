"""Strict reading of procedures: what one sentence says was done, or is to be done, at which level.

A finding is stated unless something takes its certainty away; a procedure only where something says that it was done
or decided on (`decisions`), at a level that stands beside it. False certainty is worse than a statement missed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from generation.findings.binding import blanked
from generation.findings.clauses import Clause, Reading, Span, clauses_of, read
from generation.findings.cues import BESIDE, DENIES_AHEAD, DENIES_ALL
from generation.findings.decisions import (
    DECIDED_AHEAD,
    DECIDED_BEHIND,
    HAS_BEEN,
    OF_ANOTHER,
    SMALL,
    SMALL_ZH,
    TAKEN_BACK,
)
from generation.findings.statement import Statement
from generation.findings.surface import FindingMention
from generation.findings.vocabulary import Finding, vocabulary
from generation.levels import LevelMention, sort_levels

_TOKEN = re.compile(r"[A-Za-z]+|[^\s]")
_END = re.compile(r"[。!?]|\.(?=\s|$)")
_SUBJECT = re.compile(r"[A-Za-z]{2,}\s+(?:of|at|in|on|to)\s+(?:the\s+)?$", re.IGNORECASE)
_PASSIVE = re.compile(r"(?<![A-Za-z])(?:was|were|has|have)(?![A-Za-z])", re.IGNORECASE)
_LIGHT = frozenset("-()'’/")
_REACH = 60
"""Characters around a procedure within which what decides on it must begin."""


def procedure_statements(reading: Reading) -> Iterator[Statement]:
    """Give what a sentence says of each procedure it names, in order."""
    for clause in clauses_of(reading, reading.procedures):
        for mention in clause.findings:
            yield _statement(reading, clause, mention)


def _statement(reading: Reading, clause: Clause, mention: FindingMention) -> Statement:
    text = reading.normal.text
    procedure = vocabulary().finding(mention.finding)
    levels = _levels(procedure, (*clause.own, *clause.where, *clause.doubtful))
    first, last = _sentence(text, mention)
    negated = bool(DENIES_AHEAD.search(text, clause.segment[0], mention.end) or DENIES_ALL.search(text, first, last))
    hedged = bool(TAKEN_BACK.search(text, first, last)) or text[last - 1] == "?" or not _decided(reading, mention)
    sides = {side.side for side in clause.sides}
    single = len({other.finding for other in clause.findings}) == 1 and len(sides) <= 1
    start, end = reading.normal.original_span(mention.start, mention.end)
    return Statement(
        finding=mention.finding,
        levels=levels,
        side=_side(reading, clause, mention, procedure),
        grade=None,
        start=start,
        end=end,
        negated=negated,
        hedged=hedged,
        certain=single
        and len(levels) == 1
        and _placed(reading, clause, mention, procedure)
        and not negated
        and not hedged,
    )


def _levels(procedure: Finding, mentions: tuple[LevelMention, ...]) -> tuple[str, ...]:
    return sort_levels(level for mention in mentions for level in mention.levels if procedure.fits(level))


def _sentence(text: str, mention: FindingMention) -> tuple[int, int]:
    """Where the sentence of the mention begins and ends; a text that is checked may hold several."""
    first = max((end.end() for end in _END.finditer(text, 0, mention.start)), default=0)
    behind = _END.search(text, mention.end)
    return first, behind.end() if behind else len(text)


def _small(reading: Reading, start: int, end: int) -> bool:
    """True when nothing but small words, levels, sides and grades stands in text[start:end]."""
    return all(
        token in _LIGHT or token in SMALL_ZH or SMALL.fullmatch(token)
        for token in _TOKEN.findall(blanked(start, end, reading))
    )


def _decided(reading: Reading, mention: FindingMention) -> bool:
    """True when something right before or right behind the mention says that it was done or decided on."""
    text, start, end = reading.normal.text, mention.start, mention.end
    if OF_ANOTHER.search(blanked(max(0, start - _REACH), start, reading)):
        return False
    if not text[end - 1].isascii() and HAS_BEEN.match(text, end):
        return False
    if _alone(reading, mention):
        return True
    ahead = any(
        _small(reading, cue.end(), start) for cue in DECIDED_AHEAD.finditer(text, max(0, start - _REACH), start)
    )
    return ahead or any(_small(reading, end, cue.start()) for cue in DECIDED_BEHIND.finditer(text, end, end + _REACH))


def _alone(reading: Reading, mention: FindingMention) -> bool:
    """True when the text is but the mention with its level and side: an option, a heading, an entry of a list."""
    end = len(reading.normal.text.rstrip(" .。"))
    return (
        not reading.findings
        and _small(reading, 0, mention.start)
        and _small(reading, mention.end, max(mention.end, end))
    )


def names_procedure_only(text: str) -> bool:
    """True when a text is nothing but the name of a procedure, its level and side: nobody says that it was done.

    >>> names_procedure_only("Fusion at L4/L5."), names_procedure_only("Fusion at L4/L5 was done.")
    (True, False)
    """
    reading = read(text)
    said = any(cue.search(reading.normal.text) for cue in (DECIDED_AHEAD, DECIDED_BEHIND))
    return not said and any(_alone(reading, mention) for mention in reading.procedures)


def _beside(reading: Reading, mention: FindingMention, other: Span) -> bool:
    """True when only small words stand between the mention and a level or side."""
    if other.end <= mention.start:
        return _small(reading, other.end, mention.start)
    return other.start < mention.end or _small(reading, mention.end, other.start)


def _placed(reading: Reading, clause: Clause, mention: FindingMention, procedure: Finding) -> bool:
    """True when a level stands beside the mention, or heads its sentence with no finding between."""
    text = reading.normal.text
    if clause.doubtful:
        return False
    if not clause.own:
        between = (clause.where[-1].end, mention.start) if clause.where else (0, 0)
        others = (*reading.findings, *reading.procedures)
        return bool(clause.where) and not any(between[0] <= o.start and o.end <= between[1] for o in others)
    if BESIDE.search(text, clause.start, clause.own[-1].start) or _of_a_subject(reading, clause, mention):
        return False
    return all(_beside(reading, mention, level) for level in clause.own if _levels(procedure, (level,)))


def _of_a_subject(reading: Reading, clause: Clause, mention: FindingMention) -> bool:
    """True when the level ahead of the mention is said of another thing: `fracture of L1 treated by laminectomy`."""
    text, level = reading.normal.text, clause.own[0]
    return bool(_SUBJECT.search(text, clause.start, level.start) and _PASSIVE.search(text, level.end, mention.start))


def _side(reading: Reading, clause: Clause, mention: FindingMention, procedure: Finding) -> str | None:
    """The one side that stands beside the mention, if it is one the procedure can have."""
    sides = {side.side for side in clause.sides if _beside(reading, mention, side)}
    return sides.pop() if len(sides) == 1 and sides <= set(procedure.sides) else None
