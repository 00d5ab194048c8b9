"""Does the question give the right option away?

What a question names (level, side, finding, grade) rules options out, unless no option has it: then it is context. A
question that leaves the right option alone gives it away; one that rules the right option out asks for something else.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from generation.checks.attributes import Named, named_in
from generation.checks.registry import CHOICE, check
from generation.checks.words import letters, longest_run, words
from generation.findings import vocabulary
from generation.items import Option, PlannedItem
from generation.samples import Writing


@check("giveaway", "answer-given-away", kinds=CHOICE)
def giveaway(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold a question that quotes the right option, names its letter or leaves no other option."""
    right = _right(item)
    quoted = longest_run(words(right.text), words(writing.question)) == len(words(right.text))
    lettered = item.answer in letters(writing.question)
    left = _left(item, named_in(writing.question), with_sides=True)
    return ["answer-given-away"] if quoted or lettered or left == [right.id] else []


@check("asked", "off-target", kinds=CHOICE)
def asked(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold a question whose level, finding or grade is that of another option; a side may be a symptom's."""
    return [] if item.answer in _left(item, named_in(writing.question), with_sides=False) else ["off-target"]


class _Options(NamedTuple):
    """What the options of an item name, each and together."""

    each: tuple[Named, ...]
    all: Named


@lru_cache(maxsize=2048)
def _options(texts: tuple[str, ...]) -> _Options:
    each = tuple(map(named_in, texts))
    together = (frozenset().union(*(named[at] for named in each)) for at in range(len(Named._fields)))
    return _Options(each, Named(*together))


def _right(item: PlannedItem) -> Option:
    return next(option for option in item.options if option.id == item.answer)


def _left(item: PlannedItem, question: Named, *, with_sides: bool) -> list[str]:
    """Return ids of the options that the question does not rule out: all of them when it names nothing of theirs."""
    options = _options(tuple(option.text for option in item.options))
    asked_for = Named(
        levels=question.levels & options.all.levels,
        sides=question.sides & options.all.sides if with_sides else frozenset(),
        findings=_among(options, question.findings) or _among(options, question.described),
        grades=question.grades & options.all.grades,
        described=frozenset(),
    )
    named = zip(item.options, options.each, strict=True)
    return [option.id for option, names in named if _fits(names, asked_for)]


def _among(options: _Options, findings: frozenset[str]) -> frozenset[str]:
    """Return the options' findings that the named ones could mean."""
    if not findings:
        return findings
    return frozenset(name for name in options.all.findings if vocabulary().related(name) & findings)


def _fits(option: Named, asked_for: Named) -> bool:
    return all(not wanted or wanted & has for wanted, has in zip(asked_for, option, strict=True))
