"""Runs of text inside pixels: a search of these few bytes stands for a search of all."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

LEAST = 6
"""Bytes: shorter runs of letters and digits occur in pixels by chance."""
_TEXT = np.zeros(256, bool)
_TEXT[[byte for byte in range(32, 127) if chr(byte).isalnum() or chr(byte) in " ^.,-_/@+()':"]] = True
_LOW = np.array([ord(chr(byte).lower()) if byte < 128 else byte for byte in range(256)], np.uint8)


def text_runs(content: npt.NDArray[np.uint8]) -> bytes:
    """Return every run of at least six bytes of text, in lower case, with a newline between two."""
    if len(content) < LEAST:
        return b""
    text = _TEXT[content]
    last = len(content) - LEAST + 1
    begins = text[:last].copy()
    for step in range(1, LEAST):
        begins &= text[step : last + step]
    covered = np.zeros(len(content) + 1, bool)
    starts = np.flatnonzero(begins)
    for step in range(LEAST):
        covered[starts + step] = True
    kept = covered.copy()
    kept[1:] |= covered[:-1]
    places = np.flatnonzero(kept)
    low = np.append(_LOW[content], np.uint8(10))[places]
    low[~covered[places]] = 10
    return low.tobytes()


def views(content: bytes) -> tuple[bytes, bytes, bytes]:
    """Return the runs of the bytes themselves, and of their even and odd ones: UTF-16 of either order reads so."""
    data = np.frombuffer(content, np.uint8)
    return text_runs(data), text_runs(data[0::2]), text_runs(data[1::2])
