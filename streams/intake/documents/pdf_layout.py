"""From placed lines to paragraphs: running headers dropped, wraps and hyphens undone. Pure; coordinates in points."""

from __future__ import annotations

import itertools
import re
import statistics
from collections.abc import Sequence

from streams.intake.documents.hyphens import Joiner, cleaned
from streams.intake.documents.pdf_line import Line
from streams.intake.documents.running import without_running_lines

ENDS_SENTENCE = re.compile(r"[.!?。！？:：;；][\"'”’)\]）」』]*$")
LIST_START = re.compile(r"^(?:[•●▪◦‣∙·–—*-]\s|\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)]\s)")
WIDER_GAP = 1.25
OTHER_SIZE = 0.12
INDENT = 0.8
SHORT_LINE = 0.25


def page_texts(pages: Sequence[Sequence[Line]]) -> list[str]:
    """Return each page's text: one line a paragraph, paragraphs parted by a blank line.

    A new paragraph starts at a wider gap than the document's usual leading, at another font size, at a list mark, at an
    indented line or after a short line that ends a sentence.
    """
    kept = [
        [line._replace(text=text) for line in page if (text := cleaned(line.text))]
        for page in without_running_lines(pages)
    ]
    leading = _leading(kept)
    joiner = Joiner(line.text for page in kept for line in page)
    return [
        "\n\n".join(joiner.joined([line.text for line in group]) for group in _paragraphs(page, leading))
        for page in kept
    ]


def _leading(pages: Sequence[Sequence[Line]]) -> float:
    """Return the usual distance of two lines of a paragraph, in multiples of the line's size."""
    gaps = [
        (above.bottom - below.bottom) / above.size
        for page in pages
        for above, below in itertools.pairwise(page)
        if above.size > 0 and 0.5 < (above.bottom - below.bottom) / above.size < 2.5
    ]
    if len(gaps) < 2:
        return gaps[0] if gaps else 1.2
    return min(statistics.quantiles(gaps, n=10)[2], 1.9)


def _paragraphs(lines: Sequence[Line], leading: float) -> list[list[Line]]:
    groups: list[list[Line]] = []
    width_end = max((line.right for line in lines), default=0.0)
    for line in lines:
        if groups and not _breaks(groups[-1], line, leading, width_end):
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _breaks(group: Sequence[Line], line: Line, leading: float, page_right: float) -> bool:
    """Tell whether a line starts a new paragraph after those of `group`."""
    above = group[-1]
    size = max(above.size, 1.0)
    gap = above.bottom - line.bottom
    ended = ENDS_SENTENCE.search(above.text) is not None
    if abs(gap) < 0.3 * size:
        return False
    if abs(above.size - line.size) > OTHER_SIZE * size:
        return True
    if gap < 0 or gap > 3 * leading * size:
        return ended or not line.text[:1].islower()
    if gap > WIDER_GAP * leading * size:
        return True
    if LIST_START.match(line.text) and (ended or LIST_START.match(group[0].text) or not line.text[0].isalnum()):
        return True
    short = page_right - above.right > SHORT_LINE * (page_right - min(above.left, line.left))
    first_of_indented = line.left - above.left > INDENT * size / 1.3
    return ended and (short or first_of_indented)
