"""The conditions that a candidate is held against, one function each.

A condition is written so that a number which is none (nan) does not meet it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from streams.model_payloads import AxisResult, ComparisonMade
from training.gate.bounds import lower, upper
from training.gate.settings import GateSettings, Undecided
from training.gate.spending import spent


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that is asked of a candidate, and what was found."""

    name: str
    """`better`, `axis NAME`, `readable` or `table`."""
    met: bool
    told: str
    """What was found beside what was asked, without a full stop."""
    numbers: dict[str, Any]
    decidable: bool = True
    """Whether the axis is large enough to tell."""

    @property
    def sentence(self) -> str:
        """The condition as a person reads it."""
        return f"{'met' if self.met else 'not met'}: {'' if self.decidable else 'not decidable, '}{self.told}"

    def told_numbers(self) -> dict[str, Any]:
        """Return what a judgement keeps of it."""
        return {"condition": self.name, "met": self.met, "decidable": self.decidable, **self.numbers}


def decidable(result: AxisResult, settings: GateSettings) -> bool:
    """Tell whether an axis is large enough to be held against delta.

    By its size and by nothing else: an error that is large because a candidate answers wildly must not make an axis
    one that is not looked at.
    """
    return result.items >= settings.smallest_items and result.cases >= settings.smallest_cases


def better(result: AxisResult | None, look: int, settings: GateSettings) -> Condition:
    """Return whether the candidate is better on the target, at what this look may spend."""
    if result is None:
        told = f"the comparison has no result called {settings.target}, on which the candidate has to be better"
        return Condition("better", False, told, {"axis": settings.target})
    share = spent(look, settings)
    if not share:
        told = f"look {look} at this bench version, and {settings.looks} were planned: take a new bench version"
        return Condition("better", False, told, _numbers(result) | {"spent": 0.0})
    bound = lower(result, 1 - share)
    enough = result.cases >= settings.smallest_target_cases
    told = (
        f"better on {result.axis}: {_said(result)}, at least {bound:+.3f} with {1 - share:.2%} confidence "
        f"(look {look} spends {share:.4f} of {settings.alpha}); it has to be above 0"
    )
    if not enough:
        told += f", and there have to be {settings.smallest_target_cases} cases"
    return Condition("better", enough and bound > 0, told, _numbers(result) | {"lower": bound, "spent": share})


def not_worse(result: AxisResult, of: int, settings: GateSettings) -> Condition:
    """Return whether one of `of` axes, or cuts, that can tell shows the candidate not worse than delta, and does not
    show it worse at all.

    All have to be above -delta, so nothing is shared there; the doubt whether one is below 0 is, as with small axes.
    """
    delta, least = settings.delta_of(result.axis), lower(result, settings.confidence)
    most = upper(result, 1 - (1 - settings.confidence) / of)
    told = (
        f"not worse than {delta} on {result.axis}: {_said(result)}, at least {least:+.3f} with "
        f"{settings.confidence:.0%} confidence, which has to be above {-delta}; at most {most:+.3f}, which must not be "
        "below 0"
    )
    numbers = _numbers(result) | {"lower": least, "upper": most, "delta": delta}
    return Condition(f"axis {result.axis}", least > -delta and most >= 0, told, numbers)


def heard(result: AxisResult, settings: GateSettings) -> bool:
    """Tell whether an axis that is too small to be held against delta has the cases to say anything at all."""
    return not decidable(result, settings) and result.cases >= settings.smallest_heard_cases


def is_cut(result: AxisResult) -> bool:
    """Tell whether a result is of a further cut, such as `level:L4/L5`, and not of an axis."""
    return ":" in result.axis


def small_axis(result: AxisResult, of: int, settings: GateSettings) -> Condition:
    """Return what the stated rule makes of one of `of` axes, or cuts, that are heard and too small to tell.

    The doubt is shared among them (Bonferroni), so that a candidate which is worse nowhere is refused for one of them
    with a chance of 1 - `confidence` at most.
    """
    delta, numbers = settings.delta_of(result.axis), _numbers(result)
    size = f"{settings.smallest_items} items of {settings.smallest_cases} cases would tell"
    found = f"{result.axis}: {_said(result)}, {size}"
    rule = settings.undecided
    if not heard(result, settings) and (rule is not Undecided.REFUSE or is_cut(result)):
        told, met = f"{found}; under {settings.smallest_heard_cases} cases it says nothing", True
    elif rule is Undecided.ESTIMATE:
        told, met = f"{found}; it refuses below {-delta}", result.difference >= -delta
    elif rule is Undecided.REFUSE and not is_cut(result):
        told, met = f"{found}; it refuses until it can tell", False
    else:
        bound = upper(result, 1 - (1 - settings.confidence) / of)
        told, met = f"{found}; at most {bound:+.3f}, it refuses below 0", bound >= 0
        numbers |= {"upper": bound}
    return Condition(f"axis {result.axis}", met, told, numbers | {"delta": delta}, decidable=False)


def readable(comparison: ComparisonMade, whole: AxisResult | None, settings: GateSettings) -> Condition:
    """Return whether not too many more of the candidate's answers are unreadable than of the champion's."""
    ours, theirs = comparison.candidate_failures, comparison.champion_failures
    numbers: dict[str, Any] = {"candidate": ours, "champion": theirs, "allowed": settings.failures_up}
    if whole is None or not whole.items:
        return Condition("readable", False, "the comparison does not tell how many items there are in all", numbers)
    up = (ours - theirs) / whole.items
    told = (
        f"unreadable answers: {ours} of the candidate, {theirs} of the champion, {up:+.3f} of {whole.items} items; "
        f"at most {settings.failures_up:+.3f} is allowed"
    )
    return Condition("readable", up <= settings.failures_up, told, numbers | {"up": up})


def _said(result: AxisResult) -> str:
    return (
        f"{result.difference:+.3f} ({result.champion:.3f} to {result.candidate:.3f}, {result.items} items of "
        f"{result.cases} cases, {result.gained} gained, {result.lost} lost)"
    )


def _numbers(result: AxisResult) -> dict[str, Any]:
    return {
        "axis": result.axis,
        "items": result.items,
        "cases": result.cases,
        "difference": result.difference,
        "error": result.error,
    }
