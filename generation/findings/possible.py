"""Liberal reading: everything a sentence could make true. A distractor must lie outside of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from generation.findings.attributes import grades_in, sides_in
from generation.findings.clauses import read
from generation.findings.surface import find_hinted
from generation.findings.vocabulary import Finding, vocabulary
from generation.items import Target
from generation.levels import is_disc, neighbours, vertebrae_of


@dataclass(frozen=True, slots=True)
class Fact:
    """A finding that could be at a level."""

    finding: str
    level: str


def _touching(level: str) -> Iterator[str]:
    """The discs on both sides of a vertebra (or root), or the vertebrae on both sides of a disc."""
    if level == "C8":
        yield "C7/T1"
    elif is_disc(level):
        yield from vertebrae_of(level)
    else:
        beside = neighbours(level)
        for other in beside:
            upper, lower = (other, level) if other == beside[0] and level != "C1" else (level, other)
            yield f"{upper}/{lower}"


def _places(finding: Finding, levels: Iterable[str]) -> frozenset[str]:
    """Where the finding could be: every level named, and if none is of its kind, those that touch the named ones."""
    named = frozenset(levels)
    if any(finding.fits(level) for level in named if level != "C8"):
        return named
    return named | {near for level in named for near in _touching(level)}


@lru_cache(maxsize=4096)
def _said(text: str) -> frozenset[Fact]:
    """Facts of the findings that the text names or that a word of it hints at."""
    reading = read(text)
    mentions = (*reading.findings, *reading.procedures)
    named = {mention.finding for mention in mentions} | find_hinted(reading.normal.text, mentions)
    levels = [level for mention in reading.levels for level in mention.levels]
    return frozenset(Fact(name, level) for name in named for level in _places(vocabulary().finding(name), levels))


def possible_facts(text: str) -> frozenset[Fact]:
    """Every finding and level that share the sentence, denied or doubted ones too.

    Findings are those named, those that a word hints at, and what they are kinds of; ranges count disc by disc.
    """
    said = _said(text)
    return said | {Fact(parent, fact.level) for fact in said for parent in vocabulary().ancestors(fact.finding)}


def _side_possible(side: str | None, sentence: str) -> bool:
    if side is None:
        return True
    named = sides_in(sentence)
    if side == "bilateral":
        return side in named or {"left", "right"} <= named
    return side in named or (side in ("left", "right") and "bilateral" in named)


def _could_be_true_in(target: Target, related: frozenset[str], sentence: str) -> bool:
    return (
        any(fact.level == target.level and fact.finding in related for fact in _said(sentence))
        and _side_possible(target.side, sentence)
        and (target.grade is None or target.grade in grades_in(sentence))
    )


def could_be_true(target: Target, sentences: Sequence[str]) -> bool:
    """True when any sentence could make the target true; `states(target, s)` implies it for a sentence `s`.

    The finding, its kinds and what it is a kind of count alike; a sibling (a protrusion for an extrusion) does not.
    Raises VocabularyError for an unknown finding.
    """
    related = vocabulary().related(target.finding)
    return any(_could_be_true_in(target, related, sentence) for sentence in sentences)
