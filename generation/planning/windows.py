"""The sentences an item shows: the one that states the target, and what its passage says around it."""

from __future__ import annotations

from generation.findings import states
from generation.items import Evidence, Target
from generation.levels import find_levels, sort_levels
from generation.planning.draw import number
from generation.sources import Passage, Sentence


def window_of(passage: Passage, sentence: int, length: int, variant: int, key: str) -> tuple[Sentence, ...]:
    """Return up to `length` sentences of a passage around one of them.

    The first variant takes what goes before rather than what follows; others shift the window as the key decides.
    """
    total = len(passage.sentences)
    if total <= length and variant == 0:
        return passage.sentences
    if variant == 0:
        before = length - 1 - length // 3
    else:
        length = min(length, max(2, 2 + number(f"{key}|length") % length), total)
        before = number(f"{key}|before") % length
    first = max(0, min(sentence - before, total - length))
    return passage.sentences[first : first + length]


def evidence_of(window: tuple[Sentence, ...]) -> tuple[Evidence, ...]:
    """Return sentences as an item's evidence; text, page and span are the document's."""
    return tuple(Evidence(id=s.id, text=s.text, page=s.page, start=s.start, end=s.end) for s in window)


def support_of(target: Target, window: tuple[Sentence, ...]) -> tuple[str, ...]:
    """Return the ids of the sentences that state the target."""
    return tuple(sentence.id for sentence in window if states(target, sentence.plain))


def levels_of(window: tuple[Sentence, ...]) -> tuple[str, ...]:
    """Return every level the sentences name, canonical, from head to tail."""
    return sort_levels(level for s in window for mention in find_levels(s.plain) for level in mention.levels)
