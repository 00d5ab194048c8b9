"""Whether a text repeats another: shares of common n-grams of words, hashed so that an index holds no text.

A bench publishes its index; whatever overlaps with it may not train (PAPER.md: decontamination reported as a number).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from pydantic import field_serializer

from generation.model import Value

WORDS = 8
"""Words of an n-gram; each Chinese character counts as one."""
MOST = 0.5
"""Share of a text's n-grams that an index may hold; with more the text overlaps."""
_WORD = re.compile(r"[㐀-鿿]|[^\W_㐀-鿿]+")


class Index(Value):
    """The n-grams of a collection of texts."""

    words: int = WORDS
    grams: frozenset[str]
    """16 hex digits each."""

    @field_serializer("grams")
    def _sorted(self, grams: frozenset[str]) -> list[str]:
        return sorted(grams)  # the same texts give the same bytes

    def share(self, text: str) -> float:
        """Return the share of a text's n-grams that are in the index; 0 for an empty text."""
        found = grams(text, self.words)
        return len(found & self.grams) / len(found) if found else 0.0

    def overlaps(self, text: str) -> bool:
        """Whether more than `MOST` of a text is in the index."""
        return self.share(text) > MOST


def index_of(texts: Iterable[str]) -> Index:
    """Return the index of texts."""
    return Index(grams=frozenset(gram for text in texts for gram in grams(text)))


def grams(text: str, words: int = WORDS) -> frozenset[str]:
    """Return the hashed n-grams of a text, case and punctuation aside; a shorter text is one n-gram."""
    found = _WORD.findall(text.lower())
    runs = (found[at : at + words] for at in range(max(1, len(found) - words + 1))) if found else ()
    return frozenset(hashlib.sha256(" ".join(run).encode()).hexdigest()[:16] for run in runs)
