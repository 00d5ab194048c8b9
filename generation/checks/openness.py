"""Is an open question open, and about the target?

It may name a part of the target (the level, to ask what is there; the finding, to ask where); what it asks for must be
left to the answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from generation.checks.attributes import Said, said_in
from generation.checks.claims import has_side
from generation.checks.registry import OPEN, check
from generation.checks.words import longest_run, words
from generation.findings import vocabulary
from generation.items import PlannedItem, Target
from generation.samples import Writing

ASKS_SIDE = re.compile(
    r"\b(?:which|what) sides?\b|\bon which side|lateralit|哪一?[侧边]|何侧|左侧还是右侧|左还是右", re.IGNORECASE
)
ASKS_GRADE = re.compile(
    r"\bhow (?:severe|bad|advanced|marked|far)|\b(?:severity|grade|degree|type|extent)\b"
    r"|程度|几[度级型期]|何[度级型]|哪[一种]?[度级型]|多严重|分[级度型]",
    re.IGNORECASE,
)
ASKS_PLACE = re.compile(
    r"^\W*(?:at|on|in)?\s*(?:which|what)\s+(?:\w+\s+)?(?:level|segment|dis[ck]|vertebra|space)|^\W*where\b"
    r"|哪[一个]*(?:节段|水平|椎体|椎间隙|间隙)|何处|哪里|什么(?:节段|水平|部位)|哪个部位",
    re.IGNORECASE,
)


@check("giveaway", "answer-given-away", kinds=OPEN)
def giveaway(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold a question that quotes the answer, or says finding and level and does not ask for side or grade."""
    question, answer = words(writing.question), words(item.answer)
    quoted = bool(answer) and longest_run(answer, question) == len(answer)
    said, target = said_in(writing.question), item.target
    named = bool((said.findings | said.procedures) & _kinds(target.finding)) and target.level in said.levels
    return ["answer-given-away"] if quoted or (named and not _leaves(target, said, writing.question)) else []


@check("asked", "off-target", kinds=OPEN)
def asked(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold a question about another level only, or one that asks where another finding is."""
    said, target = said_in(writing.question), item.target
    elsewhere = bool(said.levels) and target.level not in said.levels
    other = bool(said.findings) and not said.findings & vocabulary().related(target.finding)
    placed = ASKS_PLACE.search(writing.question)
    return ["off-target"] if elsewhere or (other and placed) else []


def _kinds(finding: str) -> frozenset[str]:
    """Return a finding and its kinds; what it is a kind of says less than it."""
    return vocabulary().related(finding) - vocabulary().ancestors(finding)


def _leaves(target: Target, said: Said, question: str) -> bool:
    """Say whether a question that says finding and level asks for what else the target has, without saying it."""
    side = target.side is not None and ASKS_SIDE.search(question) and not has_side(target, said.sides)
    grade = target.grade is not None and ASKS_GRADE.search(question) and target.grade not in said.grades
    return bool(side or grade)
