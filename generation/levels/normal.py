"""A text as the patterns read it (NFKC, one kind of dash and slash) with the way back to its own offsets."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

_DASHES = dict.fromkeys("‐‑‒–—―−~", "-")
_SLASHES = dict.fromkeys("∕⁄", "/")
_INVISIBLE = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff")
_SUPERSCRIPT = frozenset("⁰¹²³⁴⁵⁶⁷⁸⁹")
"""A raised digit is a citation mark, never part of a level: `L4²` is L4 with reference 2."""
_REPLACED = {**_DASHES, **_SLASHES, **dict.fromkeys(_SUPERSCRIPT, " ")}


@dataclass(frozen=True, slots=True)
class NormalText:
    """The normalised characters, and for each of them the offset of its original character."""

    text: str
    origins: Sequence[int]

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Offsets into the original string of the normalised span [start, end), which is not empty."""
        return self.origins[start], self.origins[end - 1] + 1


@lru_cache(maxsize=4096)
def normalise(text: str) -> NormalText:
    """NFKC character by character, so that every character keeps its origin; the case is kept."""
    if text.isascii() and "~" not in text:
        return NormalText(text, range(len(text)))
    characters: list[str] = []
    origins: list[int] = []
    for index, character in enumerate(text):
        if character in _INVISIBLE:
            continue
        plain = _REPLACED.get(character) or unicodedata.normalize("NFKC", character)
        for part in plain:
            characters.append(_REPLACED.get(part, part))
            origins.append(index)
    return NormalText("".join(characters), tuple(origins))
