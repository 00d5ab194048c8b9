"""Is every wrong option wrong?"""

from __future__ import annotations

from collections.abc import Sequence

from generation.checks.attributes import evidence_texts
from generation.checks.registry import check
from generation.findings import could_be_true, find_statements
from generation.items import Option, PlannedItem, Target
from generation.samples import Writing


@check("distractors", "distractor-true")
def distractors(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold a sample of which the evidence could make a wrong option true; the plan has looked at the whole source."""
    evidence = evidence_texts(item)
    wrong = [claim for option in item.options if option.id != item.answer and (claim := _claim(option))]
    return ["distractor-true"] if any(could_be_true(claim, evidence) for claim in wrong) else []


def _claim(option: Option) -> Target | None:
    """Return what an option asserts; an option without a claim is read."""
    if option.claim is not None:
        return option.claim
    said = next((said for said in find_statements(option.text) if len(said.levels) == 1), None)
    return Target(finding=said.finding, level=said.levels[0], side=said.side, grade=said.grade) if said else None
