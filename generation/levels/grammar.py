"""The written forms of levels: atoms (`L4`, `腰4`), links (`/`, `to`, `至`) and the chains they make.

A candidate is what the letters could mean; `vetoes` and `accept` decide whether the words around it let it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from generation.levels.anatomy import ROOTS, adjacent, implied, position

NUMERALS = {name: value for value, name in enumerate("一二三四五六七八九", start=1)} | {
    "十": 10,
    "十一": 11,
    "十二": 12,
    "十三": 13,
}
LETTERS = {"th": "T", "d": "T", "dorsal": "T", "thoracic": "T", "cervical": "C", "lumbar": "L", "sacral": "S"} | {
    "颈": "C",
    "胸": "T",
    "腰": "L",
    "骶": "S",
}
_COUNT = r"\d{1,2}|十[一二三]?|[一二三四五六七八九]"
_WORDED = (
    r"(?P<latin>cervical|thoracic|dorsal|lumbar|sacral)(?P<gap>\s+)(?:(?:vertebra[el]?|level|body)\s+)*"
    r"(?P<number>\d{1,2})(?!\d|\.\d)"
)
_ATOM = (
    r"(?P<latin>Th|[CTLSD])(?P<gap>\s?-?\s?)(?P<number>\d{1,2})(?!\d|\.\d)",
    rf"(?P<latin>[颈胸腰骶])(?P<gap>)椎?体?\s*第?\s*(?P<number>{_COUNT})(?!\d|\.\d)",
    _WORDED,
)
_FIRST = tuple(re.compile(rf"(?<![A-Za-z0-9]){pattern}", re.IGNORECASE) for pattern in _ATOM)
_INNER = tuple(re.compile(pattern, re.IGNORECASE) for pattern in _ATOM[:2])
_BARE = re.compile(r"(?P<number>\d{1,2}|十[一二三]?|[一二三四五六七八九])(?![\dA-Za-z]|\.\d)")
_MEASURE = re.compile(
    r"\s*(?:(?:mm|cm|m|mg|ml|kg|g|degrees?|weeks?|days?|months?|years?|hours?|minutes?|times|patients?|cases?|strength"
    r"|power|motor|grades?)(?![A-Za-z])|[%°x×]\s*|[例次周天年月岁枚名分级度日倍期型毫厘])",
    re.IGNORECASE,
)
"""What makes the number before it a quantity: `L4 - 5 mm`, `C3-4 weeks`."""
_NUMERAL_TRAP = re.compile(r"一[侧般定些样起直旦次下线期个种条方旁]|三角|四[肢周方]|五官|十分|二头")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span of the normalised text that could name a level."""

    start: int
    end: int
    points: tuple[str, ...]
    """Vertebrae (or C8) as written, one for a single level, more for a chain."""
    loose: bool = False
    """The form alone is weak (`L 4`, `l4`, `D10`): a single level needs its context's help."""


@dataclass(frozen=True, slots=True)
class _Link:
    """A way of joining two points."""

    name: str
    pattern: re.Pattern[str]
    bare: bool
    """A number without its region may follow."""
    next_only: bool
    """The two points must share a motion segment."""


_ZH_PAIR = re.compile(r"\s*、\s*(?=[\d一二三四五六七八九十]{1,2}\s*(?:椎间|间盘|间隙))")
_ZH_NUMERAL = re.compile(r"(?=[一二三四五六七八九十]{1,2}\s*(?:椎间|间盘|间隙))")
_LINKS = (
    _Link("slash", re.compile(r"\s*/\s*"), bare=True, next_only=False),
    _Link("dash", re.compile(r"\s*-\s*"), bare=True, next_only=False),
    _Link("to", re.compile(r"\s+(?:down\s+)?(?:to|through|thru)\s+(?:the\s+)?"), bare=True, next_only=False),
    _Link("zh to", re.compile(r"\s*[至到]\s*"), bare=True, next_only=False),
    _Link("on", re.compile(r"\s+(?:up)?on\s+(?:the\s+)?"), bare=False, next_only=True),
    _Link("zh pair", _ZH_PAIR, bare=True, next_only=True),
    _Link("zh numerals", _ZH_NUMERAL, bare=True, next_only=True),
    _Link("none", re.compile(r""), bare=False, next_only=True),
)
_BETWEEN = re.compile(r"between\s+(?:the\s+)?$", re.IGNORECASE)
_AND = _Link("between and", re.compile(r"\s+and\s+(?:the\s+)?"), bare=False, next_only=False)
_MORE_PAIRS = re.compile(
    r"\s*(?:,\s*and|,|and|&|or|、|和|及|与)\s*(?P<first>\d{1,2})\s*[/-]\s*(?=[\dSTL])", re.IGNORECASE
)
_MORE_SINGLES = re.compile(
    r"(?:\s*(?:,\s*and|,|and|&|、|和|及|与)\s*(?:\d{1,2}|[一二三四五六七八九十]))+"
    r"(?=\s*(?:vertebrae|vertebral bodies|laminae|pedicles|nerve roots|roots|spinous|椎体|椎板|椎弓根|神经根|棘突|椎))",
    re.IGNORECASE,
)
_COUNTS = re.compile(_COUNT)


def number_of(text: str) -> int:
    """`12` and `十二` alike."""
    return NUMERALS[text] if text in NUMERALS else int(text)


def _named(match: re.Match[str]) -> str | None:
    """Canonical name of an atom; None where there is no such vertebra or the numeral belongs to another word."""
    written = match["latin"].lower()
    name = f"{LETTERS.get(written, written.upper())}{number_of(match['number'])}"
    trapped = match["number"] in NUMERALS and _NUMERAL_TRAP.match(match.string, match.start("number"))
    return name if name in ROOTS and not trapped else None


def _loose(match: re.Match[str]) -> bool:
    """A separated letter, a lower-case letter or the letter D is a weak sign of a vertebra."""
    written = match["latin"]
    return bool(match["gap"]) or written in "ctlsdD" or written == "th"


def _next_point(text: str, end: int, previous: str, link: _Link) -> tuple[str, int] | None:
    """The point after a link that ends at `end`: an atom with its region, else a bare number that is no quantity."""
    for pattern in _INNER:
        match = pattern.match(text, end)
        name = _named(match) if match else None
        if match and name:
            quantity = match["gap"] and _MEASURE.match(text, match.end())
            return None if quantity else (name, match.end())
    match = _BARE.match(text, end) if link.bare else None
    if match is None or _MEASURE.match(text, match.end()):
        return None
    name = implied(previous, number_of(match["number"]))
    return (name, match.end()) if name else None


def _fits(points: tuple[str, ...], name: str, link: _Link) -> bool:
    """A chain runs downward (or is one pair written upward); some links join neighbours only."""
    last = points[-1]
    if link.next_only and not adjacent(last, name):
        return False
    return position(name) > position(last) or (len(points) == 1) == (name != last)


def _extend(
    text: str, end: int, points: tuple[str, ...], links: tuple[_Link, ...]
) -> tuple[tuple[str, ...], int] | None:
    """The chain with one more point, and where it ends then; None where no link leads on."""
    for link in links:
        found = link.pattern.match(text, end)
        point = _next_point(text, found.end(), points[-1], link) if found else None
        if point and _fits(points, point[0], link):
            return (*points, point[0]), point[1]
    return None


def chain_at(text: str, start: int) -> Candidate | None:
    """The longest chain that begins at `start`; None where no atom begins there."""
    match = next((m for m in (pattern.match(text, start) for pattern in _FIRST) if m), None)
    name = _named(match) if match else None
    if match is None or name is None:
        return None
    points: tuple[str, ...] = (name,)
    end = match.end()
    links = (*_LINKS, _AND) if _BETWEEN.search(text, max(0, start - 15), start) else _LINKS
    while grown := _extend(text, end, points, links):
        points, end = grown
    weak = match["gap"] or not match["latin"].isascii()
    if len(points) == 1 and weak and _MEASURE.match(text, end):
        return None
    return Candidate(start, end, points, _loose(match))


def _more_pairs(text: str, chain: Candidate) -> Iterator[Candidate]:
    """`, 4/5 and 5/1` after `L3/4`: pairs that leave their region to the first one."""
    last, end = chain.points[-1], chain.end
    while match := _MORE_PAIRS.match(text, end):
        number = int(match["first"])
        upper = last if int(last[1:]) == number else implied(last, number)
        point = _next_point(text, match.end(), upper, _LINKS[0]) if upper else None
        if upper is None or point is None or not adjacent(upper, point[0]):
            return
        last, end = point
        yield Candidate(match.start("first"), end, (upper, last))


def _more_singles(text: str, chain: Candidate) -> Iterator[Candidate]:
    """`, 4 and 5 vertebrae` after `L3`: numbers that leave their region to the first one."""
    listed = _MORE_SINGLES.match(text, chain.end)
    last: str | None = chain.points[-1]
    for match in _COUNTS.finditer(text, chain.end, listed.end()) if listed else ():
        last = implied(last, number_of(match[0])) if last else None
        if last is None:
            return
        yield Candidate(match.start(), match.end(), (last,))


def chains_from(text: str, start: int) -> tuple[Candidate, ...]:
    """The chain at `start` and the short forms that hang on it; empty where none begins there."""
    chain = chain_at(text, start)
    if chain is None:
        return ()
    more = _more_singles(text, chain) if len(chain.points) == 1 else _more_pairs(text, chain)
    return (chain, *more)
