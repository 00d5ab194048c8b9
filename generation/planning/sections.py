"""Consultations and reports: what one section of a document states together.

A section is the passages in a row that have the same heading path; a passage without headings is one by itself, since
nothing says that the next speaks of the same patient. For the same reason a passage that states enough is taken
alone, and only where none does are the passages of the section joined.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from generation.findings import render
from generation.items import Fact, Target
from generation.planning.content import Asked, Content, axis_of
from generation.planning.statements import targets_of
from generation.planning.windows import support_of
from generation.sources import Document, Language, Passage, Sentence

ENOUGH = 2
"""Different facts that a report needs; a consultation has them where its section does, and else makes do with one."""

Stated = tuple[tuple[Target, ...], ...]
"""What each sentence states for certain."""


def consultations(asked: Asked) -> Iterator[Content]:
    """Give one item a section that states anything."""
    return _contents(asked, asked.settings.consultation_window, 1)


def reports(asked: Asked) -> Iterator[Content]:
    """Give one item a section that states two different facts within the window."""
    return _contents(asked, asked.settings.report_window, ENOUGH)


def _contents(asked: Asked, length: int, least: int) -> Iterator[Content]:
    for section in _sections(asked.document):
        window = _window(section, length, least, asked.language)
        facts = _facts(window, asked.language)[: asked.settings.max_facts]
        if facts:
            target = facts[0].target
            answer = render(target, asked.language)
            yield Content(target, section[0].heading_path, window, axis_of(target), answer, facts=facts)


def _sections(document: Document) -> Iterator[tuple[Passage, ...]]:
    for path, passages in groupby(document.passages, key=lambda passage: passage.heading_path):
        if path:
            yield tuple(passages)
        else:
            yield from ((passage,) for passage in passages)


def _window(section: Sequence[Passage], length: int, least: int, language: Language) -> tuple[Sentence, ...]:
    """Return the sentences to show: of one passage that states enough, else of all; none where too little is stated."""
    joined = tuple(sentence for passage in section for sentence in passage.sentences)
    for pieces, wanted in (([p.sentences for p in section], ENOUGH), ([joined], ENOUGH), ([joined], least)):
        windows = [_densest(piece, length, language) for piece in pieces]
        count, window = max(windows, key=lambda counted: counted[0])
        if count >= wanted:
            return window
    return ()


def _densest(sentences: tuple[Sentence, ...], length: int, language: Language) -> tuple[int, tuple[Sentence, ...]]:
    """Return how many different facts the best `length` sentences in a row state, and these sentences.

    Of equally good places in a row the one a third from the last is taken, so that more goes before the facts than
    follows them.
    """
    stated = [frozenset(targets_of(sentence, language)) for sentence in sentences]
    starts = range(max(1, len(sentences) - length + 1))
    facts = [frozenset[Target]().union(*stated[start : start + length]) for start in starts]
    first = max(starts, key=lambda start: len(facts[start]))
    last = first
    while last + 1 < len(starts) and facts[last + 1] == facts[first]:
        last += 1
    at = first + (last - first) // 3
    return len(facts[first]), sentences[at : at + length]


def _facts(window: Sequence[Sentence], language: Language) -> tuple[Fact, ...]:
    """Return every fact that the sentences state, in the order of the text."""
    targets = dict.fromkeys(target for sentence in window for target in targets_of(sentence, language))
    return tuple(Fact(target=target, support=support_of(target, tuple(window))) for target in targets)
