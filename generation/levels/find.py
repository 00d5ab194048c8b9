"""Reading a text: candidates, then vetoes, then what kind each one is.

T1 and T2 alone are ambiguous in reports, and so are weak forms (`L 4`, `l4`, `D10`): a single one of them counts
only where a vertebra word, a preposition of place, or another level of its list speaks for it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from generation.levels.anatomy import discs_between, position, roots_between
from generation.levels.context import (
    LISTED,
    ROOT_AFTER,
    ROOT_BEFORE,
    ROOTS_AFTER,
    VERTEBRA_AFTER,
    VERTEBRA_BEFORE,
)
from generation.levels.grammar import Candidate, chains_from
from generation.levels.mention import LevelKind, LevelMention
from generation.levels.normal import normalise
from generation.levels.ordinals import ordinals_from
from generation.levels.vetoes import VETOES, WINDOW, Veto, may_fire

_BEGINS = re.compile(
    r"(?<![A-Za-z0-9])(?:[CTLSD]\s?-?\s?\d|Th\s?-?\s?\d|cervical|thoracic|dorsal|lumbar|sacral|\d{1,2}(?:st|nd|rd|th)\b"
    r"|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth)|[颈胸腰骶第]",
    re.IGNORECASE,
)


def candidates(text: str) -> list[Candidate]:
    """Every span of a normalised text that could be a level, in order, without overlaps."""
    found: list[Candidate] = []
    end = 0
    for begin in _BEGINS.finditer(text):
        if begin.start() < end:
            continue
        more = ordinals_from(text, begin.start()) or chains_from(text, begin.start())
        if more:
            found.extend(more)
            end = more[-1].end
    return found


def _lists(text: str, found: Sequence[Candidate]) -> list[list[Candidate]]:
    """Neighbouring candidates with nothing but a list's joining words between them."""
    lists: list[list[Candidate]] = []
    for candidate in found:
        if lists and LISTED.fullmatch(text, lists[-1][-1].end, candidate.start):
            lists[-1].append(candidate)
        else:
            lists.append([candidate])
    return lists


def _spread_to(rule: Veto, fired: Candidate, other: Candidate) -> bool:
    return rule.spreads and rule.concerns(other.points) and fired.points[0][0] == other.points[0][0]


def _vetoed(text: str, members: Sequence[Candidate]) -> set[Candidate]:
    """The members of one list that a rule takes, its own or one that spreads along the list."""
    taken: set[Candidate] = set()
    around = [(c, text[max(0, c.start - WINDOW) : c.start], text[c.end : c.end + WINDOW]) for c in members]
    if not any(may_fire(before, after, c.points) for c, before, after in around):
        return taken
    for rule in VETOES:
        fired = [c for c, before, after in around if rule.fires(before, after, c.points)]
        if fired:
            taken.update(fired)
            taken.update(c for c in members for other in fired if _spread_to(rule, other, c))
    return taken


def _ambiguous(candidate: Candidate) -> bool:
    return len(candidate.points) == 1 and (candidate.loose or candidate.points[0] in ("T1", "T2"))


def _vouched(text: str, candidate: Candidate) -> bool:
    """True when the words beside an ambiguous candidate, or their absence, make it a vertebra."""
    before = text[max(0, candidate.start - WINDOW) : candidate.start]
    after = text[candidate.end : candidate.end + WINDOW]
    if VERTEBRA_AFTER.match(after) or ROOT_AFTER.match(after) or VERTEBRA_BEFORE.search(before):
        return True
    return not any(map(str.isalnum, text[: candidate.start])) and not any(map(str.isalnum, text[candidate.end :]))


def _accepted(text: str, members: Sequence[Candidate]) -> list[Candidate]:
    """What is left of one list: clear forms, and ambiguous ones that they or their context vouch for."""
    taken = _vetoed(text, members)
    left = [c for c in members if c not in taken]
    if any(not _ambiguous(c) or _vouched(text, c) for c in left):
        return left
    return []


def _root_before(text: str, candidate: Candidate) -> bool:
    return bool(ROOT_BEFORE.search(text[max(0, candidate.start - WINDOW) : candidate.start]))


def _root_after(text: str, candidate: Candidate) -> bool:
    pattern = ROOT_AFTER if len(candidate.points) == 1 else ROOTS_AFTER
    return bool(pattern.match(text, candidate.end))


def _roots(text: str, members: Sequence[Candidate]) -> set[Candidate]:
    """Members that name nerve roots; words behind (before) a list speak for the single levels before (after) them."""
    behind = False
    found: set[Candidate] = set()
    for candidate in reversed(members):
        behind = _root_after(text, candidate) or (behind and len(candidate.points) == 1)
        if behind or "C8" in candidate.points:
            found.add(candidate)
    ahead = False
    for candidate in members:
        ahead = len(candidate.points) == 1 and (ahead or _root_before(text, candidate))
        if ahead:
            found.add(candidate)
    return found


def _reading(candidate: Candidate, root: bool) -> tuple[LevelKind, tuple[str, ...]]:
    ordered = sorted(candidate.points, key=position)
    if root:
        return LevelKind.NERVE_ROOT, roots_between(ordered[0], ordered[-1])
    if len(candidate.points) == 1:
        return LevelKind.VERTEBRA, candidate.points
    discs = discs_between(ordered[0], ordered[-1], ordered)
    return (LevelKind.DISC if len(discs) == 1 else LevelKind.RANGE), discs


@lru_cache(maxsize=4096)
def find_levels(text: str) -> tuple[LevelMention, ...]:
    """Every level that `text` names, in order of appearance, without overlaps.

    >>> [(m.text, m.kind.value, m.levels) for m in find_levels("STIR T2 signal at T2 and a bulge at L4/5")]
    [('T2', 'vertebra', ('T2',)), ('L4/5', 'disc', ('L4/L5',))]
    """
    normal = normalise(text)
    mentions: list[LevelMention] = []
    for members in _lists(normal.text, candidates(normal.text)):
        accepted = _accepted(normal.text, members)
        roots = _roots(normal.text, accepted)
        for candidate in accepted:
            kind, levels = _reading(candidate, candidate in roots)
            start, end = normal.original_span(candidate.start, candidate.end)
            mentions.append(LevelMention(text[start:end], start, end, kind, levels))
    return tuple(mentions)
