"""The gate's judgement of one comparison: numbers in, a verdict with its reasons out; no clock, no store.

A candidate is promoted where all of this holds: it is better on the target at what this look may spend; it is not worse
than delta on any axis large enough to tell, and not shown to be worse on it; no smaller axis speaks against it by the
stated rule; and not too many more of its answers are unreadable. Docs: docs/gate.md.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Any

from streams.model_payloads import ComparisonMade, Judgement
from training.gate.conditions import Condition, better, decidable, heard, is_cut, not_worse, readable, small_axis
from training.gate.settings import GateSettings
from training.gate.spending import spent

ALL = "all"
"""Name of the result over all items."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says of a candidate, and why."""

    judgement: Judgement
    why: tuple[str, ...]
    """A sentence a condition, met or not."""
    numbers: dict[str, Any]
    """What was computed for each condition, and the settings it was held against."""


def judge(comparison: ComparisonMade, look: int, settings: GateSettings) -> Verdict:
    """Return the verdict on a comparison that is look number `look` (from 1) at its bench version."""
    conditions = conditions_of(comparison, look, settings)
    allowed = all(one.met for one in conditions)
    judgement = (Judgement.WAITING if settings.approve else Judgement.PROMOTED) if allowed else Judgement.REFUSED
    numbers = {
        "look": look,
        "spent": spent(look, settings),
        "settings": settings.model_dump(mode="json"),
        "conditions": [one.told_numbers() for one in conditions],
    }
    return Verdict(judgement, tuple(one.sentence for one in conditions), numbers)


def conditions_of(comparison: ComparisonMade, look: int, settings: GateSettings) -> tuple[Condition, ...]:
    """Return everything that is asked of a candidate, in the order in which it is told."""
    twice = sorted(name for name, times in Counter(one.axis for one in comparison.axes).items() if times > 1)
    if twice:
        told = f"the comparison has more than one result for {', '.join(twice)}, and which of them counts is not known"
        return (Condition("table", False, told, {"twice": twice}),)
    results = {one.axis: one for one in comparison.axes}
    broken = sorted(name for name, one in results.items() if not math.isfinite(one.difference + one.error))
    if broken:
        return (Condition("table", False, f"the results of {', '.join(broken)} are no numbers", {"broken": broken}),)
    others = [one for one in comparison.axes if one.axis != settings.target]
    # Axes share their doubt among themselves: many cuts of few items must not drown an axis.
    small = Counter(is_cut(one) for one in others if heard(one, settings))
    large = Counter(is_cut(one) for one in others if decidable(one, settings))
    return (
        better(results.get(settings.target), look, settings),
        *(
            not_worse(one, large[is_cut(one)], settings)
            if decidable(one, settings)
            else small_axis(one, small[is_cut(one)], settings)
            for one in others
        ),
        readable(comparison, results.get(ALL), settings),
    )
