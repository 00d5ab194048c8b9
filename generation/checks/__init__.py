"""Deterministic checks: pure functions that give stable codes of reasons to hold a sample.

A check is added by adding a file with a function under `@check(name, codes...)` and importing it here.
"""

from generation.checks import citations, copying, distractors, form, giveaway, grounding, leak, target
from generation.checks.registry import Check, check, check_names, checks, reasons_of, run_checks

__all__ = [
    "Check",
    "check",
    "check_names",
    "checks",
    "citations",
    "copying",
    "distractors",
    "form",
    "giveaway",
    "grounding",
    "leak",
    "reasons_of",
    "run_checks",
    "target",
]
