"""Blocks of text without markup: plain text files and PDFs."""

from __future__ import annotations

import re

from streams.intake.documents.blocks import Block, Span, Title, lines_of
from streams.intake.documents.extracted import ExtractedText
from streams.intake.documents.headings import Heading, heading_of

BULLET = re.compile(r"\s*[•●▪◦‣–*-]\s+")
ITEM = re.compile(r"\s*(?:[•●▪◦‣–*-]|\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)])\s+")
ENDS = re.compile(r"[.!?。！？:：;；][\"'”’)\]）」』]*$")


def plain_blocks(extracted: ExtractedText) -> list[Block | Title]:
    """Return headings and blocks, parted by blank lines; a paragraph that runs over a page's end is one block."""
    text = extracted.text
    spans = _over_pages(text, _paragraphs(text), frozenset((extracted.page_starts or ())[1:]))
    kinds = [heading_of(text[slice(*span)]) for span in spans]
    kept = _certain(kinds)
    return [
        Title(heading.depth, heading.title) if heading else Block(_parts(text, span))
        for span, heading in zip(spans, kept, strict=True)
    ]


def _paragraphs(text: str) -> list[Span]:
    spans: list[Span] = []
    blank = True
    for start, end in lines_of(text):
        if not text[start:end].strip():
            blank = True
            continue
        spans.append((start, end)) if blank else spans.append((spans.pop()[0], end))
        blank = False
    return spans


def _over_pages(text: str, spans: list[Span], page_starts: frozenset[int]) -> list[Span]:
    merged: list[Span] = []
    for start, end in spans:
        above = text[slice(*merged[-1])] if merged and start in page_starts else ""
        cut_off = above and not ENDS.search(above) and not heading_of(above)
        if cut_off and text[start].islower():
            merged.append((merged.pop()[0], end))
        else:
            merged.append((start, end))
    return merged


def _certain(kinds: list[Heading | None]) -> list[Heading | None]:
    """Return the headings that stand: text follows, and neighbours of the same kind do not make them a list."""
    kept = list(kinds)
    if len(kinds) > 1 and _is_document_title(kinds[0], kinds[1]):
        kept[0] = kinds[0] and kinds[0]._replace(depth=0)
    for number, heading in enumerate(kinds):
        if heading is None or heading.kind == "underlined":
            continue
        following = kinds[number + 1] if number + 1 < len(kinds) else None
        listed = _alike(heading, following)
        if heading.kind == "numbered" and number:
            listed = listed or _alike(heading, kinds[number - 1])
        if listed or number + 1 == len(kinds):
            kept[number] = None
    return kept


def _is_document_title(first: Heading | None, second: Heading | None) -> bool:
    """Tell whether a text begins with an unnumbered heading straight above another kind of heading."""
    return bool(first and second and first.kind in ("title case", "capitals") and first.kind != second.kind)


def _alike(heading: Heading, other: Heading | None) -> bool:
    return other is not None and (heading.kind, heading.depth) == (other.kind, other.depth)


def _parts(text: str, span: Span) -> tuple[Span, ...]:
    """Split a block at its list items; a number starts one only in a block that begins with an item."""
    first, last = span
    mark = ITEM if ITEM.match(text, first, last) else BULLET
    parts: list[Span] = []
    for start, end in lines_of(text[first:last]):
        found = mark.match(text, first + start, first + end)
        if found or not parts:
            parts.append((found.end() if found else first + start, first + end))
        else:
            parts[-1] = (parts[-1][0], first + end)
    return tuple(parts)
