"""Does the answer of an open question say the target, all of it and nothing against it?"""

from __future__ import annotations

import re
from collections.abc import Sequence

from generation.checks.attributes import hinted_in, said_in
from generation.checks.claims import denies, has_side, misgraded, missided, strange_in
from generation.checks.grounds import cited_texts, grounds_in
from generation.checks.registry import OPEN, check
from generation.checks.words import letters
from generation.findings import grades_in, vocabulary
from generation.items import PlannedItem, Target
from generation.samples import Writing

DOUBT = re.compile(
    r"(?<![A-Za-z])(?:may|might|could|possibly|perhaps|probably|either|cannot be (?:said|told|determined)|unclear"
    r"|unknown|not (?:stated|given|mentioned|known|specified))(?![A-Za-z])"
    r"|可能|也许|或许|疑似|待排|不清楚|不明确|未提及|无法确定",
    re.IGNORECASE,
)
"""What is stated for certain is not answered with a doubt."""


@check("answer", "answer-off-target", kinds=OPEN)
def answer(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold an answer that does not state finding, level, side and grade as planned, doubts or denies them, gives the
    finding another side or grade, names a finding that is not cited, or names an option."""
    grounds = grounds_in(cited_texts(item, writing))
    text, target = writing.answer, item.target
    off = (
        not _states(target, text)
        or DOUBT.search(text)
        or denies(target, [text])
        or missided(text, target, grounds)
        or misgraded(text, target, grounds)
        or strange_in(text, target, grounds.texts)
        or letters(text)
    )
    return ["answer-off-target"] if off else []


def _states(target: Target, text: str) -> bool:
    said = said_in(text)
    less = vocabulary().ancestors(target.finding)
    kinds = vocabulary().related(target.finding) - less
    named = kinds & (said.findings | said.procedures or hinted_in(text))
    return (
        bool(named)
        and target.level in said.levels
        and has_side(target, said.sides)
        and (target.grade is None or target.grade in grades_in(text))
    )
