"""Documents and sources made in a line, for plans."""

from __future__ import annotations

from collections.abc import Sequence

from generation.ids import source_version
from generation.sources import Document, Language, Passage, Sentence, SourceRef, Split

HEADING = ("Chapter",)
Given = tuple[tuple[str, ...], Sequence[str]]
"""Heading path and sentences of a passage."""


def document(*passages: Given, language: Language = Language.EN) -> Document:
    """Return a document of passages; sentences stand one space apart."""
    made, at = [], 0
    for number, (path, texts) in enumerate(passages, start=1):
        sentences = []
        for place, text in enumerate(texts, start=1):
            sentences.append(Sentence(id=f"p{number}s{place}", text=text, page=1, start=at, end=at + len(text)))
            at += len(text) + 1
        made.append(
            Passage(
                id=f"p{number}",
                heading_path=path,
                start=sentences[0].start,
                end=sentences[-1].end,
                sentences=tuple(sentences),
            )
        )
    return Document(language=language, characters=at, passages=tuple(made))


def source(name: bytes = b"x") -> SourceRef:
    """Return a source whose version is that of the bytes."""
    version = source_version(name)
    return SourceRef(id=version, version=version, title="t", split=Split.TRAIN, media_type="text/plain")
