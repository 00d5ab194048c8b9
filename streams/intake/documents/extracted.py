"""The text of a document: what every character offset of its passages and sentences counts in."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExtractedText:
    """A document's text and, where it has pages, the offset each page starts at."""

    text: str
    page_starts: tuple[int, ...] | None = None

    def page_of(self, offset: int) -> int | None:
        """Return the page (from 1) a character lies on; none where the document has no pages."""
        return None if self.page_starts is None else max(1, bisect_right(self.page_starts, offset))
