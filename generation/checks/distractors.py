"""Is every wrong option wrong?"""

from __future__ import annotations

from collections.abc import Sequence

from generation.checks.grounds import evidence_texts, hold
from generation.checks.registry import CHOICE, check
from generation.findings import find_statements, sides_in
from generation.items import Option, PlannedItem, Target
from generation.samples import Writing

ONE_SIDE = ("left", "right")


@check("distractors", "distractor-true", kinds=CHOICE)
def distractors(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold a sample of which the evidence could make a wrong option true; the plan has looked at the whole source."""
    evidence = evidence_texts(item)
    wrong = [claim for option in item.options if option.id != item.answer and (claim := _claim(option))]
    true = any(_could_be_true(claim, _speaking_for(claim, item.target, evidence)) for claim in wrong)
    return ["distractor-true"] if true else []


def _could_be_true(claim: Target, texts: tuple[str, ...]) -> bool:
    return hold(texts, claim.finding, claim.level, side=claim.side, grade=claim.grade)


def _speaking_for(claim: Target, target: Target, evidence: tuple[str, ...]) -> tuple[str, ...]:
    """Return the sentences that may make a claim true.

    `Bilateral` makes either side possible, so that it is ambiguous beside a one-sided target. Where the target itself
    is bilateral, one side of it is incomplete and not the best answer: only a sentence that names that side counts.
    """
    part = (
        target.side == "bilateral"
        and claim.side in ONE_SIDE
        and (claim.finding, claim.level) == (target.finding, target.level)
    )
    return tuple(text for text in evidence if claim.side in sides_in(text)) if part else evidence


def _claim(option: Option) -> Target | None:
    """Return what an option asserts; an option without a claim is read."""
    if option.claim is not None:
        return option.claim
    said = next((said for said in find_statements(option.text) if len(said.levels) == 1), None)
    return Target(finding=said.finding, level=said.levels[0], side=said.side, grade=said.grade) if said else None
