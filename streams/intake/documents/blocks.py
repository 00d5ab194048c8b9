"""What a document is made of before sentences are told apart: headings and blocks of text, by offset."""

from __future__ import annotations

from typing import NamedTuple

Span = tuple[int, int]


class Title(NamedTuple):
    """A heading; depth 1 is the outermost."""

    depth: int
    text: str


class Block(NamedTuple):
    """A paragraph or a list: the spans [start, end) of its parts, in order; a sentence never crosses two parts."""

    parts: tuple[Span, ...]

    @property
    def length(self) -> int:
        """Characters from the first part's start to the last one's end."""
        return self.parts[-1][1] - self.parts[0][0]


def lines_of(text: str) -> list[Span]:
    """Return [start, end) of each line, without its line feed."""
    spans = []
    start = 0
    for line in text.split("\n"):
        spans.append((start, start + len(line)))
        start += len(line) + 1
    return spans
