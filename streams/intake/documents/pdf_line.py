"""A line of text on a PDF page."""

from __future__ import annotations

from typing import NamedTuple

from pydantic import FiniteFloat


class Line(NamedTuple):
    """A line of a page; `size` is its font's full height, which tells headings from body text."""

    text: str
    left: FiniteFloat
    bottom: FiniteFloat
    right: FiniteFloat
    size: FiniteFloat
