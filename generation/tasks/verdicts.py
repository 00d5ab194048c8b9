"""One verdict per criterion: the checks' own, and those that the reviser gives of its own wording."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from generation.checks import checks, reasons_of
from generation.criteria import CriteriaSet, Severity
from generation.items import PlannedItem
from generation.samples import Verdict, Writing


def give_verdicts(
    item: PlannedItem,
    writing: Writing | None,
    found: Sequence[str],
    criteria: CriteriaSet,
    said: Mapping[str, Any] | None,
) -> tuple[Verdict, ...]:
    """Return a verdict for every criterion, in the file's order.

    `found`: what the checks say of the writing; `said`: what the reviser wrote of it, by criterion id, or None where
    it judged another writing than this one: then what a model judges is left out.
    """
    given = []
    for criterion in criteria.criteria:
        if criterion.check is None:
            if said is None:
                continue
            passed, why = _model_says(said.get(criterion.id))
        elif writing is None:
            passed, why = False, "nothing readable was written"
        else:
            passed, why = _check_says(criterion.check, item, writing, found)
        verdict = {"criterion": criterion.id, "version": criterion.version, "pass": passed, "why": why}
        given.append(Verdict.model_validate(verdict))
    return tuple(given)


def _check_says(name: str, item: PlannedItem, writing: Writing, found: Sequence[str]) -> tuple[bool, str]:
    """Run a check again only where one of its codes was found: another check may give the same."""
    if not _codes()[name].intersection(found):
        return True, ""
    reasons = reasons_of(name, item, writing)
    return not reasons, ", ".join(reasons)


@cache
def _codes() -> dict[str, frozenset[str]]:
    """Return every code that a check of a name may give, whatever the kind."""
    codes: dict[str, frozenset[str]] = {}
    for check in checks():
        codes[check.name] = codes.get(check.name, frozenset()).union(check.codes)
    return codes


def _model_says(verdict: Any) -> tuple[bool, str]:
    if isinstance(verdict, dict) and isinstance(verdict.get("pass"), bool):
        return verdict["pass"], str(verdict.get("why", ""))
    return False, "the reviser gave no verdict"


def failed_by_model(criteria: CriteriaSet, verdicts: tuple[Verdict, ...]) -> tuple[str, ...]:
    """Return a reason (`criterion:<id>`) for each criterion of severity `hold` that the model says is not met."""
    judged = {criterion.id for criterion in criteria.judged_by_model() if criterion.severity is Severity.HOLD}
    return tuple(f"criterion:{v.criterion}" for v in verdicts if v.criterion in judged and not v.passed)
