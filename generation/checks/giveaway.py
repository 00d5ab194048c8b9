"""Does the question give the right option away?

What a question names (level, side, finding, grade) rules options out, unless no option has it: then it is context. A
question that leaves the right option alone gives it away; one that rules the right option out asks for something else.
"""

from __future__ import annotations

from collections.abc import Sequence

from generation.checks.attributes import Named, named_in
from generation.checks.registry import check
from generation.checks.words import LETTER, longest_run, words
from generation.findings import vocabulary
from generation.items import Option, PlannedItem
from generation.samples import Writing


@check("giveaway", "answer-given-away")
def giveaway(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold a question that quotes the right option, names its letter or leaves no other option."""
    right = _right(item)
    quoted = longest_run(words(right.text), words(writing.question)) == len(words(right.text))
    lettered = item.answer in LETTER.findall(writing.question)
    left = _left(item, named_in(writing.question), with_sides=True)
    return ["answer-given-away"] if quoted or lettered or left == [right] else []


@check("asked", "off-target")
def asked(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold a question whose level, finding or grade is that of another option; a side may be a symptom's."""
    return [] if _right(item) in _left(item, named_in(writing.question), with_sides=False) else ["off-target"]


def _right(item: PlannedItem) -> Option:
    return next(option for option in item.options if option.id == item.answer)


def _left(item: PlannedItem, question: Named, *, with_sides: bool) -> list[Option]:
    """Return the options that the question does not rule out: all of them when it names nothing of theirs."""
    options = {option.id: named_in(option.text) for option in item.options}
    asked_for = Named(
        levels=question.levels & _all(options, "levels"),
        sides=question.sides & _all(options, "sides") if with_sides else frozenset(),
        findings=_among(options, question.findings) or _among(options, question.described),
        grades=question.grades & _all(options, "grades"),
        described=frozenset(),
    )
    return [option for option in item.options if _fits(options[option.id], asked_for)]


def _among(options: dict[str, Named], findings: frozenset[str]) -> frozenset[str]:
    """Return the options' findings that the named ones could mean."""
    return frozenset(name for name in _all(options, "findings") if vocabulary().related(name) & findings)


def _all(options: dict[str, Named], field: str) -> frozenset[str]:
    return frozenset(value for named in options.values() for value in getattr(named, field))


def _fits(option: Named, asked_for: Named) -> bool:
    return all(not wanted or wanted & has for wanted, has in zip(asked_for, option, strict=True))
