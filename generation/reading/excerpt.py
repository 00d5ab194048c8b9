"""What a reader is shown of a document: its headings, how it begins, and sentences spread over the rest; bounded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from generation.sources import Document

TITLE_TOKENS = 24
HEADING_TOKENS = 60
SENTENCE_TOKENS = 60
"""Of one sentence, at most; what is longer is cut."""
EXCERPT_TOKENS = 200
"""Of all sentences together."""
FIRST = 3
"""Sentences of the beginning."""
SPREAD = 8
"""Sentences of the rest, at even distances."""


class Excerpt(NamedTuple):
    """The parts of a document that are shown, in the order of the text."""

    headings: tuple[str, ...]
    sentences: tuple[str, ...]


def weight(text: str) -> float:
    """Estimate the tokens of a text: a quarter of one for an ASCII character, two for any other, which is what a
    tokenizer without Chinese words takes (measured on the bundled model's)."""
    plain = sum(character.isascii() for character in text)
    return plain / 4 + 2 * (len(text) - plain)


def cut(text: str, tokens: int) -> str:
    """Return the beginning of a text, on one line, that weighs `tokens` at most."""
    line = " ".join(text.split())
    if weight(line) <= tokens:
        return line
    spent = 0.0
    for at, character in enumerate(line):
        spent += weight(character)
        if spent > tokens:
            return line[:at].rstrip()
    return line


def excerpt_of(document: Document) -> Excerpt:
    """Return what is shown of a document; the weights above bound it, however long or odd the document is."""
    headings = dict.fromkeys(heading for passage in document.passages for heading in passage.heading_path)
    sentences = [sentence.text for passage in document.passages for sentence in passage.sentences]
    order = list(dict.fromkeys(_in_order_of_worth(len(sentences))))
    taken = sorted(order[: sum(1 for _ in _within((sentences[at] for at in order), EXCERPT_TOKENS))])
    return Excerpt(
        headings=tuple(_within(_spread(list(headings)), HEADING_TOKENS)),
        sentences=tuple(cut(sentences[at], SENTENCE_TOKENS) for at in taken),
    )


def _in_order_of_worth(count: int) -> Iterator[int]:
    """Give indexes of sentences: the first ones, then some at even distances, the last one among them."""
    yield from range(min(FIRST, count))
    for step in range(1, SPREAD + 1):
        if count:
            yield (count - 1) * step // SPREAD


def _spread(headings: list[str]) -> Iterator[str]:
    """Give at most SPREAD + 1 headings at even distances, the first one first."""
    if len(headings) <= SPREAD:
        yield from headings
        return
    for step in range(SPREAD + 1):
        yield headings[(len(headings) - 1) * step // SPREAD]


def _within(texts: Iterable[str], tokens: int) -> Iterator[str]:
    """Give texts, each cut, while all together weigh `tokens` at most."""
    left = float(tokens)
    for text in texts:
        short = cut(text, SENTENCE_TOKENS)
        left -= weight(short)
        if left < 0:
            return
        yield short
