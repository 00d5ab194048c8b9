"""Undoing line ends: hyphens of broken words taken out, those of compounds and levels kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from streams.intake.documents.words import FIRST_PARTS, SECOND_PARTS

LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
BROKEN = "\ufffe\x02\u00ad"
"""What PDF readers put for a hyphen that ends a line."""
CONTROLS = dict.fromkeys(map(chr, range(32)), " ")
CLEAN = str.maketrans({**LIGATURES, **CONTROLS, "\u00a0": " ", "\u200b": "", "\ufeff": ""})
ENDS_HYPHEN = re.compile(r"([^\W\d_]{1,60})[-\u2010]$")
WORD = re.compile(r"^[^\W\d_]+")
HYPHENATED = re.compile(r"[^\W\d_]{1,40}-[^\W\d_]{1,40}")
TAIL = 80
CJK = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")


def cleaned(text: str) -> str:
    """Return a line with ligatures spelt out, hyphens at its end as `-`, odd spaces and controls gone."""
    text = text.rstrip()
    if text and text[-1] in BROKEN:
        text = text[:-1] + "-"
    for mark in BROKEN:
        text = text.replace(mark, "")
    return " ".join(text.translate(CLEAN).split())


class Joiner:
    """Joins a line to the one above it; the document's own words tell which hyphens belong to them."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._words: set[str] = set()
        self._compounds: set[str] = set()
        for line in lines:
            self._words.update(word.lower() for word in re.findall(r"[^\W\d_]+", line))
            self._compounds.update(word.lower() for word in HYPHENATED.findall(line))

    def joined(self, lines: Sequence[str]) -> str:
        """Return the lines of a paragraph as one.

        >>> Joiner([]).joined(["a narrow for-", "amen at L4-", "L5 on T2-", "weighted images"])
        'a narrow foramen at L4-L5 on T2-weighted images'
        """
        parts = list(lines[:1])
        for line in lines[1:]:
            above = parts[-1]
            glue = self._glue(above[-TAIL:], line)
            if glue is None:
                parts[-1] = above[:-1]
            parts += [glue or "", line]
        return "".join(parts)

    def _glue(self, above: str, below: str) -> str | None:
        """Return what stands between two lines; none where the hyphen above goes too."""
        broken = ENDS_HYPHEN.search(above)
        following = WORD.match(below)
        if broken and following and below[0].islower() and not above[: broken.start()].endswith("-"):
            return "" if self._is_compound(broken[1], following[0]) else None
        if re.search(r"\S[-\u2010–/]$", above) or (CJK.match(above[-1:]) and CJK.match(below[:1])):
            return ""
        return " "

    def _is_compound(self, first: str, second: str) -> bool:
        first, second = first.lower(), second.lower()
        if f"{first}-{second}" in self._compounds:
            return True
        if first + second in self._words:
            return False
        return first in FIRST_PARTS or second in SECOND_PARTS
