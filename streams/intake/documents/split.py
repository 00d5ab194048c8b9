"""From a document's text to passages made of sentences."""

from __future__ import annotations

from collections.abc import Iterable

from generation.sources import Document, Language, Passage, Sentence
from streams.intake.documents.blocks import Block, Title
from streams.intake.documents.extracted import ExtractedText
from streams.intake.documents.markdown import markdown_blocks
from streams.intake.documents.plain import plain_blocks
from streams.intake.documents.sentences import is_chinese, sentence_spans


def split_document(extracted: ExtractedText, media_type: str, language: Language | None = None) -> Document:
    """Return a document's passages, one a paragraph or list (a long one is kept whole), under their headings.

    Of Markdown, tables, code, comments, HTML blocks and front matter are skipped: no passage holds them. Headings are
    the Markdown ones, or lines standing alone that look like one. Without a `language` the letters tell it. A document
    may have no passage. Every sentence's text is exactly its characters [start, end) of the extracted text.
    """
    text = extracted.text
    blocks = markdown_blocks(text) if media_type == "text/markdown" else plain_blocks(extracted)
    return Document(
        language=language or (Language.ZH if is_chinese(text) else Language.EN),
        characters=len(text),
        pages=None if extracted.page_starts is None else len(extracted.page_starts),
        passages=tuple(_passages(extracted, blocks)),
    )


def _passages(extracted: ExtractedText, blocks: Iterable[Block | Title]) -> Iterable[Passage]:
    number = 1
    path: list[Title] = []
    for block in blocks:
        if isinstance(block, Title):
            while path and path[-1].depth >= block.depth:
                path.pop()
            path.append(block)
            continue
        sentences = _sentences(extracted, block, number)
        if sentences:
            yield Passage(
                id=f"p{number}",
                heading_path=tuple(title.text for title in path),
                page=sentences[0].page,
                start=sentences[0].start,
                end=sentences[-1].end,
                sentences=sentences,
            )
            number += 1


def _sentences(extracted: ExtractedText, block: Block, passage: int) -> tuple[Sentence, ...]:
    text = extracted.text
    spans = [
        (first + start, first + end) for first, last in block.parts for start, end in sentence_spans(text[first:last])
    ]
    return tuple(
        Sentence(id=f"p{passage}s{number}", text=text[start:end], page=extracted.page_of(start), start=start, end=end)
        for number, (start, end) in enumerate(spans, 1)
    )
