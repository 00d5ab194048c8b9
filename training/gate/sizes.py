"""How many items it takes: for an axis to be held against delta, and for a gain to be promoted.

The difference of two models on an item is -1, 0 or 1, so its variance is (share of items that only one of them has
right) - (mean difference) squared. Items of a case hang together, so they count for fewer: divided by the design effect
1 + (m (1 + cv^2) - 1) icc, with m items a case on average that vary by cv (Eldridge, Ashby and Kerry, International
Journal of Epidemiology 35, 2006). The gate's error is a jackknife's, whose square is too large by (1 + cv^2) / cases on
average, and t takes the normal's place, with cases / (1 + cv^2) - 1 degrees: both as `bench.statistics` has them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from training.gate.bounds import student
from training.gate.settings import GateSettings
from training.gate.spending import spent

POWER = 0.8
"""Chance to be let through that a candidate has, which deserves it, at the sizes told."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How the answers to a bench hang together."""

    differ: float = 0.3
    """Share of items that only one of the two models has right."""
    case_items: float = 4.0
    """Items a case, on average."""
    uneven: float = 0.5
    """Standard deviation of the items a case, divided by their mean."""
    icc: float = 0.1
    """Correlation of the paired differences inside a case; of the answers themselves it is larger."""

    @property
    def design_effect(self) -> float:
        """By how much more the mean varies than that of as many items without cases."""
        return 1 + (self.case_items * (1 + self.uneven**2) - 1) * self.icc


def items_for(
    distance: float, confidence: float, shape: Shape, *, difference: float = 0.0, power: float = POWER
) -> int:
    """Return the items for which a one-sided bound is beyond a value with probability `power`.

    `distance` (> 0) is how far the true difference lies from that value: delta, where a candidate that is as good as
    the champion is held against -delta; the gain itself, where it has to be above 0. `difference` is the true
    difference. Raises ValueError for a distance that is none, or a difference that so few differing items cannot give.
    """
    variance = shape.differ - difference**2
    if distance <= 0 or variance <= 0:
        raise ValueError(f"no number of items tells {distance} apart where {shape.differ} of them differ")
    items, freedom, jackknife = 0.0, 1e9, 1.0
    for _ in range(50):  # the degrees of freedom follow from the answer; it settles within a few rounds
        reach = student(confidence, freedom) + student(power, freedom)
        before, items = items, shape.design_effect * variance * jackknife * (reach / distance) ** 2
        even_cases = items / shape.case_items / (1 + shape.uneven**2)
        freedom, jackknife = max(2.0, even_cases - 1), 1 + 1 / max(2.0, even_cases)
        if abs(items - before) < 0.5:
            break
    return math.ceil(items)


DELTAS = (0.03, 0.05, 0.08, 0.1, 0.15)
GAINS = (0.05, 0.08, 0.1, 0.15, 0.2)
LOOKS = (1, 2, 5)
SHAPES = (
    ("4 items a case, 20 % differ", Shape(differ=0.2)),
    ("4 items a case, 30 % differ", Shape()),
    ("10 items a case, 30 % differ", Shape(case_items=10.0)),
    ("no cases, 30 % differ", Shape(case_items=1.0, uneven=0.0, icc=0.0)),
)


def axis_table(settings: GateSettings) -> Iterator[tuple[str, ...]]:
    """Yield the lines of the first table in docs/gate.md: items an axis by delta, for each shape."""
    yield ("delta", *(name for name, _ in SHAPES))
    for delta in DELTAS:
        yield (f"{delta}", *(str(items_for(delta, settings.confidence, shape)) for _, shape in SHAPES))


def target_table(settings: GateSettings) -> Iterator[tuple[str, ...]]:
    """Yield the lines of the second: items of the target by true gain, at the looks 1, 2 and 5."""
    shape = Shape()
    yield ("true gain", *(f"look {look}" for look in LOOKS))
    for gain in GAINS:
        needed = (items_for(gain, 1 - spent(look, settings), shape, difference=gain) for look in LOOKS)
        yield (f"{gain}", *map(str, needed))


def markdown(lines: Iterator[tuple[str, ...]]) -> str:
    """Return lines, the head first, as a table in Markdown."""
    head, *body = lines
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, ("---:",) * len(head), *body))


def main() -> None:
    """Print both tables, as docs/gate.md has them for the default settings (`python -m training.gate.sizes`)."""
    settings = GateSettings()
    print(markdown(axis_table(settings)), markdown(target_table(settings)), sep="\n\n")  # noqa: T201


if __name__ == "__main__":
    main()
