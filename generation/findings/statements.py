"""Strict reading: what one sentence states about a finding or a procedure at a level, and whether for certain."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from generation.findings.binding import grade_of, side_of
from generation.findings.clauses import Clause, Reading, clauses_of, read
from generation.findings.cues import BESIDE
from generation.findings.procedures import procedure_statements
from generation.findings.scope import denied, doubted
from generation.findings.statement import Statement
from generation.findings.surface import FindingMention
from generation.findings.vocabulary import Finding, vocabulary
from generation.items import Target
from generation.levels import LevelMention, sort_levels

LONGEST = 4000
"""Characters. What is longer is no sentence (a table, lines without a stop), and which of its words belong together is
anybody's guess; reading it takes time that grows with the square of its length."""


def _levels(finding: Finding, mentions: tuple[LevelMention, ...]) -> tuple[str, ...]:
    return sort_levels(level for mention in mentions for level in mention.levels if finding.fits(level))


def _beside(text: str, clause: Clause) -> bool:
    """True when a word like `above` stands before a level of the clause."""
    return bool(clause.own) and bool(BESIDE.search(text, clause.start, clause.own[-1].start))


def _statement(reading: Reading, clause: Clause, mention: FindingMention) -> Statement:
    text = reading.normal.text
    finding = vocabulary().finding(mention.finding)
    levels = _levels(finding, (*clause.own, *clause.where, *clause.doubtful))
    given = _levels(finding, (*clause.own, *clause.where))
    negated = denied(text, clause, mention)
    hedged = doubted(text, clause, mention) or _beside(text, clause)
    single = len({other.finding for other in clause.findings}) == 1 and len({side.side for side in clause.sides}) <= 1
    start, end = reading.normal.original_span(mention.start, mention.end)
    return Statement(
        finding=mention.finding,
        levels=levels,
        side=side_of(reading, clause, mention, finding),
        grade=grade_of(reading, clause, mention, finding),
        start=start,
        end=end,
        negated=negated,
        hedged=hedged,
        certain=single and len(levels) == len(given) == 1 and not negated and not hedged,
    )


def _finding_statements(reading: Reading) -> Iterator[Statement]:
    for clause in clauses_of(reading, reading.findings):
        for mention in clause.findings:
            yield _statement(reading, clause, mention)


@lru_cache(maxsize=4096)
def find_statements(text: str) -> tuple[Statement, ...]:
    """What one sentence says of each finding and procedure it names, in order; nothing of one beyond `LONGEST`.

    >>> [s.certain for s in find_statements("At L4/5 there is a left disc extrusion, but no fracture of L5.")]
    [True]
    """
    if len(text) > LONGEST:
        return ()
    reading = read(text)
    found = tuple(_finding_statements(reading))
    if not reading.procedures:
        return found
    return tuple(sorted((*found, *procedure_statements(reading)), key=lambda statement: statement.start))


def states(target: Target, sentence: str) -> bool:
    """True when the sentence states the target for certain: finding, level, and side and grade where it has them."""
    return any(
        said.certain
        and said.finding == target.finding
        and said.levels == (target.level,)
        and target.side in (None, said.side)
        and target.grade in (None, said.grade)
        for said in find_statements(sentence)
    )
