"""What looks like a heading in text without markup, told conservatively: a doubtful line stays a passage."""

from __future__ import annotations

import re
from typing import NamedTuple

from streams.intake.documents.words import SMALL_WORDS

NUMBERED = re.compile(r"^(\d{1,2}(?:\.\d{1,2}){0,4})\.?\s+([^\W\d_].*)$")
LABELLED = re.compile(r"^(?:Chapter|Case|Part|Section|Vignette|Appendix|Lesson)\s+(?:\d{1,3}|[IVX]{1,5}|[A-Z])\b", re.I)
CHINESE = re.compile(r"^(?:第[一二三四五六七八九十百\d]{1,4}[章节篇部]|[一二三四五六七八九十]{1,3}、)")
CAPTION = re.compile(r"^(?:Figure|Fig|Table|Box)\b", re.I)
LONGEST = 90
MOST_WORDS = 10
LEAF = 10


class Heading(NamedTuple):
    """A heading line: its depth (1 outermost; `LEAF` for one of unknown depth), kind and title."""

    depth: int
    kind: str
    title: str


def heading_of(block: str) -> Heading | None:
    """Return the heading that a block of text standing alone is, or none.

    >>> heading_of("2.1 Foraminal stenosis")
    Heading(depth=2, kind='numbered', title='2.1 Foraminal stenosis')
    >>> heading_of("The disc is narrow") is None
    True
    """
    text = block.strip()
    if "\n" in text:
        return _underlined(text)
    if len(text) > LONGEST or not text or text[-1] in ".!?;:,。！？；：，" or CAPTION.match(text):
        return None
    if CHINESE.match(text) and len(text) <= 40:
        return Heading(2 if "、" in text[:4] or "节" in text[:6] else 1, "chinese", text)
    if LABELLED.match(text):
        return Heading(1, "labelled", text)
    numbered = NUMBERED.match(text)
    if numbered and not numbered[2][0].islower() and len(text.split()) <= MOST_WORDS:
        return Heading(numbered[1].count(".") + 1, "numbered", text)
    return _capitals(text)


def _underlined(text: str) -> Heading | None:
    lines = text.split("\n")
    if len(lines) == 2 and len(lines[0]) <= LONGEST and re.fullmatch(r"(={3,}|-{3,})", lines[1].strip()):
        return Heading(1 if lines[1].strip()[0] == "=" else 2, "underlined", lines[0].strip())
    return None


def _capitals(text: str) -> Heading | None:
    words = text.split()
    if len(words) > MOST_WORDS or not any(len(re.sub(r"[\W\d_]", "", word)) >= 4 for word in words):
        return None
    if not words[0][0].isupper() or not re.fullmatch(r"[\w\s,/&:()'’–-]+", text):
        return None
    if text.isupper() and text.isascii():
        return Heading(1, "capitals", text)
    large = [word for word in words if word.lower() not in SMALL_WORDS]
    if all(word.lstrip("(")[:1].isupper() or word[0].isdigit() for word in large):
        return Heading(LEAF, "title case", text)
    return None
