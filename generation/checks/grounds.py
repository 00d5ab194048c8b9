"""What a sample may say: what the sentences it cites, or its evidence, hold; each set of sentences is read once."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from generation.checks.attributes import everywhere, said_in
from generation.checks.numerals import spelled_in
from generation.checks.words import HAN
from generation.findings import could_be_true, grades_in, sides_in, vocabulary
from generation.findings.possible import possible_facts
from generation.items import Kind, PlannedItem, Target
from generation.samples import Writing
from generation.sources import Language


class Grounds(NamedTuple):
    """What several sentences hold together."""

    texts: tuple[str, ...]
    levels: frozenset[str]
    vertebrae: frozenset[str]
    sides: frozenset[str]
    side_words: frozenset[str]
    foreign: bool
    """Whether a sentence is Chinese, so that its side words are none in Latin letters."""
    grades: frozenset[str]
    """Read liberally: every grade that a word could mean."""
    findings: frozenset[str]
    """And procedures: said in so many words, with what each is a kind of and its kinds."""
    possible: frozenset[str]
    """Findings said or hinted at, with what each is a kind of and its kinds."""


@lru_cache(maxsize=2048)
def grounds_in(texts: tuple[str, ...]) -> Grounds:
    """Return what sentences hold together."""
    said = everywhere(texts, "findings") | everywhere(texts, "procedures")
    hinted = frozenset(fact.finding for text in texts for fact in possible_facts(text))
    related = vocabulary().related
    findings = frozenset(other for name in said for other in related(name))
    return Grounds(
        texts=texts,
        levels=everywhere(texts, "levels"),
        vertebrae=everywhere(texts, "vertebrae"),
        sides=frozenset().union(*map(sides_in, texts)),
        side_words=everywhere(texts, "side_words"),
        foreign=any(map(HAN.search, texts)),
        grades=frozenset().union(*map(grades_in, texts)),
        findings=findings,
        possible=findings | frozenset(other for name in hinted for other in related(name)),
    )


def ungraded(texts: Iterable[str], grounds: Grounds, language: Language, *, scales_only: bool = False) -> bool:
    """Say whether texts name a grade that the sentences do not; `scales_only`: words for how bad it is do not count.

    `Grade II` is one of every scale that it could be, and all of them must stand; in sentences of the other language,
    whose word for it may be that of one scale (`II度`), one of them must.
    """
    crossing = grounds.foreign is (language is not Language.ZH)
    for grades in frozenset().union(*(said_in(text).gradings for text in texts)):
        named = frozenset(g for g in grades if not g.startswith("severity:")) if scales_only else grades
        if not named <= grounds.grades and not (crossing and named & grounds.grades):
            return True
    return False


def cited_texts(item: PlannedItem, writing: Writing) -> tuple[str, ...]:
    """Return the cited evidence sentences, each on one line; ids that the item does not have give nothing."""
    return tuple(_line(s.text) for s in item.evidence if s.id in writing.citations)


def evidence_texts(item: PlannedItem) -> tuple[str, ...]:
    """Return all evidence sentences, each on one line."""
    return tuple(_line(sentence.text) for sentence in item.evidence)


def grounds_of(item: PlannedItem, writing: Writing) -> Grounds:
    """Return what a sample may say: what it cites holds it; a report draws on the whole of its evidence."""
    texts = evidence_texts(item) if item.kind is Kind.REPORT else cited_texts(item, writing)
    return grounds_in(texts)


@lru_cache(maxsize=8192)
def hold(texts: tuple[str, ...], finding: str, level: str, side: str | None = None, grade: str | None = None) -> bool:
    """Say whether any of the sentences could make a finding at a level true."""
    return could_be_true(Target(finding=finding, level=level, side=side, grade=grade), texts)


@lru_cache(maxsize=2048)
def numbers_of(texts: tuple[str, ...], language: Language) -> frozenset[str]:
    """Return the numbers of sentences, not of levels; for a sample in another language also those in words."""
    found = frozenset(number for text in texts for number in said_in(text).numbers)
    foreign = [text for text in texts if bool(HAN.search(text)) is (language is not Language.ZH)]
    return found | frozenset(str(number) for text in foreign for number in spelled_in(text))


@lru_cache(maxsize=8192)
def _line(text: str) -> str:
    return " ".join(text.split())
