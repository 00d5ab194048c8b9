"""One verdict per criterion: the checks' own, and those that the reviser gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generation.checks import reasons_of
from generation.criteria import CriteriaSet, Severity
from generation.items import PlannedItem
from generation.samples import Verdict, Writing


def give_verdicts(
    item: PlannedItem, writing: Writing | None, criteria: CriteriaSet, said: Mapping[str, Any]
) -> tuple[Verdict, ...]:
    """Return a verdict for every criterion, in the file's order; `said`: what the reviser wrote, by criterion id."""
    given = []
    for criterion in criteria.criteria:
        if criterion.check is None:
            passed, why = _model_says(said.get(criterion.id))
        elif writing is None:
            passed, why = False, "nothing readable was written"
        else:
            found = reasons_of(criterion.check, item, writing)
            passed, why = not found, ", ".join(found)
        given.append(
            Verdict.model_validate(
                {"criterion": criterion.id, "version": criterion.version, "pass": passed, "why": why}
            )
        )
    return tuple(given)


def _model_says(verdict: Any) -> tuple[bool, str]:
    if isinstance(verdict, dict) and isinstance(verdict.get("pass"), bool):
        return verdict["pass"], str(verdict.get("why", ""))
    return False, "the reviser gave no verdict"


def failed_by_model(criteria: CriteriaSet, verdicts: tuple[Verdict, ...]) -> tuple[str, ...]:
    """Return a reason (`criterion:<id>`) for each criterion of severity `hold` that the model says is not met."""
    judged = {criterion.id for criterion in criteria.judged_by_model() if criterion.severity is Severity.HOLD}
    return tuple(f"criterion:{v.criterion}" for v in verdicts if v.criterion in judged and not v.passed)
