"""Levels counted in words: `fourth lumbar vertebra`, `5th lumbar`, `第4腰椎`."""

from __future__ import annotations

import re

from generation.levels.anatomy import ROOTS
from generation.levels.grammar import LETTERS, Candidate, number_of

_WORDS = (
    *("first", "second", "third", "fourth", "fifth", "sixth"),
    *("seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth"),
)
_NUMBERS = {word: number for number, word in enumerate(_WORDS, start=1)}
_ONE = rf"(?:{'|'.join(_WORDS)}|\d{{1,2}}(?:st|nd|rd|th))"
_JOIN = r"\s*(?:,\s*and|,|/|-|\band\b|\bor\b|\bto\b|\bthrough\b|&)\s*(?:the\s+)?"
_AFTER = (
    r"(?=\s*(?:$|[.,;:)\]]|[/&-]"
    r"|\s(?:vertebra|vertebrae|vertebral|body|bodies|segments?|levels?|nerves?|spinal\s+nerves?|roots?|pedicles?|laminae?"
    r"|end\s?plates?|spinous|transverse|facets?|foramen|foramina|dermatomes?|myotomes?|and|or|to|is|was|are|were|has|had"
    r"|with|on)\b))"
)
"""`first lumbar puncture` and `second cervical surgery` count events, not vertebrae."""
_EN = re.compile(
    rf"(?<![A-Za-z0-9])(?P<counts>{_ONE}(?:{_JOIN}{_ONE})*)\s+(?P<region>lumbar|cervical|thoracic|dorsal|sacral){_AFTER}",
    re.IGNORECASE,
)
_ZH_ONE = r"(?:\d{1,2}|十[一二三]?|[一二三四五六七八九])"
_ZH_JOIN = r"\s*[、,和及与至到/-]\s*第?"
_ZH = re.compile(rf"第(?P<counts>{_ZH_ONE}(?:{_ZH_JOIN}{_ZH_ONE})*)(?P<region>[颈胸腰骶])椎")
_COUNT = re.compile(rf"{_ONE}|{_ZH_ONE}", re.IGNORECASE)
_SPAN = re.compile(r"^\s*(?:-|/|to|through|至|到)\s*(?:the\s+)?第?$", re.IGNORECASE)
_DISC_NOUN = re.compile(r"\s*椎?间[盘隙]")


def _value(written: str) -> int:
    word = written.lower()
    if word in _NUMBERS:
        return _NUMBERS[word]
    return number_of(word.rstrip("stndrh"))


def _grouped(text: str, match: re.Match[str]) -> list[list[re.Match[str]]]:
    """The counts of one match: those joined by `to` or `/` together, those joined by `and` or a comma apart."""
    groups: list[list[re.Match[str]]] = []
    for count in _COUNT.finditer(text, match.start("counts"), match.end("counts")):
        pair_of_disc = bool(_DISC_NOUN.match(text, match.end()))
        together = groups and (pair_of_disc or _SPAN.match(text[groups[-1][-1].end() : count.start()]))
        if together:
            groups[-1].append(count)
        else:
            groups.append([count])
    return groups


def ordinals_from(text: str, start: int) -> tuple[Candidate, ...]:
    """The levels counted from `start`; the last one's span takes in the region word."""
    match = _EN.match(text, start) or _ZH.match(text, start)
    if match is None:
        return ()
    groups = _grouped(text, match)
    letter = LETTERS[match["region"].lower()]
    found: list[Candidate] = []
    for group in groups:
        points = tuple(f"{letter}{_value(count[0])}" for count in group)
        if any(point not in ROOTS for point in points) or points == ("C8",):
            return ()
        first = start if group is groups[0] else group[0].start()
        end = match.end() if group is groups[-1] else group[-1].end()
        found.append(Candidate(first, end, points))
    return tuple(found)
