"""Looking for many needles in many bytes at once: two tables of byte pairs leave few places to look at."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

LEAST = 6
"""Bytes: the shortest needle. Shorter forms occur among pixels by chance."""
_LOW = np.array([ord(chr(byte).lower()) if byte < 128 else byte for byte in range(256)], np.uint8)


def found(content: bytes, needles: Iterable[bytes]) -> set[bytes]:
    """Return the needles (lower case, six bytes or more) that occur in `content`, ASCII letters of either case."""
    heads: dict[bytes, list[bytes]] = {}
    first, second = np.zeros(1 << 16, bool), np.zeros(1 << 16, bool)
    for needle in needles:
        heads.setdefault(needle[:4], []).append(needle)
        first[needle[0] | needle[1] << 8] = True
        second[needle[2] | needle[3] << 8] = True
    if len(content) < LEAST or not heads:
        return set()
    low = _LOW[np.frombuffer(content, np.uint8)]
    pairs = low[:-1] | low[1:].astype(np.uint16) << 8
    places = np.flatnonzero(first[pairs[:-2]] & second[pairs[2:]])
    text = low.tobytes()
    return {
        needle for at in places.tolist() for needle in heads.get(text[at : at + 4], ()) if text.startswith(needle, at)
    }
