"""Does the writing say that something is not there which the source has?"""

from __future__ import annotations

from collections.abc import Sequence

from generation.checks.attributes import said_in
from generation.checks.claims import spoken_by_doctor
from generation.checks.grounds import evidence_texts
from generation.checks.registry import check
from generation.checks.sentences import told
from generation.checks.target import OTHERS, absent
from generation.findings import Statement
from generation.items import PlannedItem
from generation.samples import Writing


@check("denials", "denied-finding")
def denials(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold a text that says of a finding at a level that it is not there, where a sentence of the evidence states it
    for certain and none denies it. The target is looked at by the check of that name as well."""
    stated, denied = _said(evidence_texts(item))
    facts = [one for one in stated if not any(_same(one, other) for other in denied)]
    wrong = any(
        _same(fact, said) and absent(sentence, said)
        for text in spoken_by_doctor(writing)
        for sentence in told(text)
        if not OTHERS.search(sentence)
        for said in said_in(sentence).statements
        if said.negated
        for fact in facts
    )
    return ["denied-finding"] if wrong else []


def _said(texts: Sequence[str]) -> tuple[list[Statement], list[Statement]]:
    """Return what sentences state for certain, and what they deny."""
    every = [said for text in texts for said in said_in(text).statements]
    return [one for one in every if one.certain], [one for one in every if one.negated]


def _same(fact: Statement, said: Statement) -> bool:
    """Say whether a statement speaks of a fact: the finding at its level; on another side it is another."""
    return (
        said.finding == fact.finding
        and len(said.levels) == 1
        and said.levels == fact.levels
        and (said.side is None or said.side == fact.side)
    )
