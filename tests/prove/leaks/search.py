"""Looks for identifiers in contents."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from tests.prove.leaks.unpack import Content
from tests.prove.leaks.variants import encoded, in_base64, spellings

_PREFIX = 4


class Leak(NamedTuple):
    """An identifier found."""

    number: int
    """Which identifier, by its place in the list that was searched for."""
    where: str


class Search:
    """Many identifiers, looked for at once."""

    def __init__(self, identifiers: Sequence[str]) -> None:
        folded: dict[bytes, int] = {}
        exact: dict[bytes, int] = {}
        for number, one in enumerate(identifiers):
            folded |= dict.fromkeys(encoded(one), number)
            folded |= {text.encode(): number for text in spellings(one) if len(text.encode()) >= _PREFIX}
            exact |= dict.fromkeys(in_base64(one), number)
        self._folded = Patterns(folded)
        self._exact = Patterns(exact)
        self.looked_at = 0
        """Pieces of content searched."""

    def leaks(self, contents: Iterable[Content]) -> list[Leak]:
        """Return what was found."""
        found = []
        for where, value in contents:
            self.looked_at += 1
            if isinstance(value, str):
                plain = value.encode("utf-8", "ignore")
                folded = unicodedata.normalize("NFKC", value).casefold().encode("utf-8", "ignore")
            else:
                plain, folded = value, value.lower()
            hits = self._folded.within(folded) | self._exact.within(plain)
            found += [Leak(number, where) for number in sorted(hits)]
        return found


class Patterns:
    """Byte strings of four bytes or more, each with a number: where the first four match, the rest is compared."""

    def __init__(self, numbers: Mapping[bytes, int]) -> None:
        self._by_prefix: dict[int, list[tuple[bytes, int]]] = defaultdict(list)
        for pattern, number in numbers.items():
            if len(pattern) < _PREFIX:
                raise ValueError(f"a pattern of {len(pattern)} bytes is too short to be searched for")
            self._by_prefix[int.from_bytes(pattern[:_PREFIX], "little")].append((pattern, number))
        self._prefixes = np.array(sorted(self._by_prefix), dtype=np.uint32)

    def within(self, content: bytes) -> set[int]:
        """Return the numbers of the patterns that the content holds."""
        found: set[int] = set()
        if len(content) < _PREFIX or not len(self._prefixes):
            return found
        raw = np.frombuffer(content, dtype=np.uint8).astype(np.uint32)
        words = raw[:-3] | raw[1:-2] << 8 | raw[2:-1] << 16 | raw[3:] << 24
        places = np.searchsorted(self._prefixes, words).clip(max=len(self._prefixes) - 1)
        for at in np.flatnonzero(self._prefixes[places] == words):
            for pattern, number in self._by_prefix[int(words[at])]:
                if number not in found and content.startswith(pattern, at):
                    found.add(number)
        return found
