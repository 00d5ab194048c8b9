"""Deterministic checks: pure functions that give stable codes of reasons to hold a sample.

A check is added by adding a file with a function under `@check(name, codes..., kinds=...)` and importing it here.
"""

from generation.checks import (
    answer,
    asking,
    citations,
    consultation,
    copying,
    denials,
    distractors,
    form,
    giveaway,
    grounding,
    leak,
    openness,
    prose,
    report,
    target,
)
from generation.checks.registry import (
    Check,
    check,
    check_names,
    checks,
    merged,
    reasons_by_check,
    reasons_of,
    run_checks,
)

__all__ = [
    "Check",
    "answer",
    "asking",
    "check",
    "check_names",
    "checks",
    "citations",
    "consultation",
    "copying",
    "denials",
    "distractors",
    "form",
    "giveaway",
    "grounding",
    "leak",
    "merged",
    "openness",
    "prose",
    "reasons_by_check",
    "reasons_of",
    "report",
    "run_checks",
    "target",
]
