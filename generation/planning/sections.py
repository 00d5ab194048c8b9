"""Consultations and reports: what one passage of a section states together.

A section is the passages in a row that have the same heading path; a passage without headings is one by itself. Of a
section the passage that states most is taken, and passages are never joined: nothing says that the next one speaks of
the same patient.
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

Stated = tuple[tuple[Target, ...], ...]
"""What each sentence states for certain."""


def consultations(asked: Asked) -> Iterator[Content]:
    """Give one item a section that states anything."""
    return _contents(asked, asked.settings.consultation_window)


def reports(asked: Asked) -> Iterator[Content]:
    """Give one item a section that states anything."""
    return _contents(asked, asked.settings.report_window)


def _contents(asked: Asked, length: int) -> Iterator[Content]:
    for section in _sections(asked.document):
        window = _window(section, length, asked.language)
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


def _window(section: Sequence[Passage], length: int, language: Language) -> tuple[Sentence, ...]:
    """Return the sentences to show, of the passage that states most and of equal ones the first; none where none states
    anything."""
    windows = [_densest(passage.sentences, length, language) for passage in section]
    count, window = max(windows, key=lambda counted: counted[0])
    return window if count else ()


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
