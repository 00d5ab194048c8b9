"""What changed between two wordings, word by word."""

from __future__ import annotations

import difflib
import re
from enum import StrEnum
from typing import NamedTuple

_WORD = re.compile(r"[一-鿿]|[^\s一-鿿]+|\s+")


class Change(StrEnum):
    """What became of a piece of text."""

    SAME = "same"
    """In both wordings."""
    LOST = "lost"
    """In the old one only."""
    GAINED = "gained"
    """In the new one only."""


class Piece(NamedTuple):
    """Neighbouring words of one fate."""

    change: Change
    text: str


def word_changes(old: str, new: str) -> tuple[Piece, ...]:
    """Return both wordings as one run of pieces, what was lost before what came in its place.

    Without the gained pieces it reads as `old`, without the lost ones as `new`. A character of Chinese is a word.

    >>> [(str(piece.change), piece.text) for piece in word_changes("at L4/L5", "at L5/S1")]
    [('same', 'at '), ('lost', 'L4/L5'), ('gained', 'L5/S1')]
    """
    a, b = _WORD.findall(old), _WORD.findall(new)
    pieces: list[Piece] = []
    for kind, i, j, k, m in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append(Piece(Change.SAME, "".join(a[i:j])))
            continue
        told = (Piece(Change.LOST, "".join(a[i:j])), Piece(Change.GAINED, "".join(b[k:m])))
        pieces += [piece for piece in told if piece.text]
    return tuple(pieces)
