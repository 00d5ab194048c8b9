"""Running headers, footers and page numbers: lines at a page's edge that repeat on most pages."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Sequence

from streams.intake.documents.pdf_line import Line

EDGE_LINES = 2
SHARE = 0.4
"""Left and right pages may carry different headers, so two fifths of the pages count as most."""
LONGEST = 120
NUMBER = re.compile(r"\d+")
NUMBERED_TITLE = re.compile(
    r"^(?:case|chapter|patient|figure|fig|table|vignette|example|part|section|lesson|level|grade|type)\.?\s*#\W*$", re.I
)


def without_running_lines(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """Return the pages without what repeats at their edges.

    Dropped is a line among the two outermost baselines of a page whose text, page number aside, stands there on at
    least two fifths of the pages and on two at least. A number is a page number if it grows with the pages.
    """
    edges = [_edge(page) for page in pages]
    seen: dict[str, dict[int, Line]] = defaultdict(dict)
    for number, lines in enumerate(edges):
        for line in lines:
            seen[NUMBER.sub("#", line.text)].setdefault(number, line)
    enough = max(2, math.ceil(SHARE * len(pages)))
    running = {shape for shape, lines in seen.items() if len(lines) >= enough and _runs(shape, lines)}
    return [
        [line for line in page if not (line in edge and NUMBER.sub("#", line.text) in running)]
        for page, edge in zip(pages, edges, strict=True)
    ]


def _edge(page: Sequence[Line]) -> set[Line]:
    baselines = sorted({round(line.bottom) for line in page})
    if not baselines:
        return set()
    outer = {*baselines[:EDGE_LINES], *baselines[-EDGE_LINES:]}
    return {line for line in page if round(line.bottom) in outer and len(line.text) <= LONGEST}


def _runs(shape: str, lines: dict[int, Line]) -> bool:
    if len({line.text for line in lines.values()}) == 1:
        return len({round(line.bottom / 6) for line in lines.values()}) <= 3
    if NUMBERED_TITLE.match(shape):
        return False
    columns = zip(*(map(int, NUMBER.findall(line.text)) for line in lines.values()), strict=True)
    offsets = [{value - page for page, value in zip(lines, column, strict=True)} for column in columns]
    return any(len(found) == 1 for found in offsets)
