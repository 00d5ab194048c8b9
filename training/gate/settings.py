"""What the gate asks of a candidate."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Spending(StrEnum):
    """How the error budget of a bench version is shared among the candidates that are looked at."""

    FALLING = "falling"
    """Look k spends 6 / (pi^2 k^2) of it: 61 % the first, 15 % the second, never used up."""
    EQUAL = "equal"
    """Each of the planned looks spends the same; afterwards nothing is left and every candidate is refused."""


class Undecided(StrEnum):
    """What becomes of an axis that is too small to tell whether the candidate is worse by delta."""

    SHOWN_WORSE = "shown_worse"
    """It refuses where it shows that the candidate is worse at all: the upper bound is below 0."""
    ESTIMATE = "estimate"
    """It refuses where the estimated difference is below -delta."""
    REFUSE = "refuse"
    """It always refuses: nothing is promoted until the bench can tell. Cuts are as with `shown_worse`, for there will
    always be a level of few items."""


class GateSettings(BaseModel):
    """When a candidate takes the champion's place. Differences are shares: 0.1 is ten percentage points."""

    model_config = ConfigDict(extra="forbid")

    target: str = Field(default="all", description="Result on which a candidate has to be better: all, or an axis.")
    alpha: float = Field(
        default=0.05,
        gt=0,
        lt=0.5,
        description="Chance, over all looks at one bench version, to promote a candidate that is not better.",
    )
    spending: Spending = Field(default=Spending.FALLING, description="How alpha is shared among the looks.")
    looks: int = Field(default=5, ge=1, le=1000, description="Planned looks at a bench version; for equal spending.")
    smallest_target_cases: int = Field(
        default=20, ge=2, description="Source cases that the target needs, or no candidate is promoted."
    )
    delta: float = Field(
        default=0.1, gt=0, lt=1, description="By how much a candidate may be worse on an axis at most."
    )
    deltas: dict[str, float] = Field(default_factory=dict, description="The same for single axes, by their names.")
    confidence: float = Field(
        default=0.95, gt=0.5, lt=1, description="One-sided confidence that an axis is not worse than that."
    )
    smallest_items: int = Field(default=100, ge=2, description="Items that make an axis large enough to tell.")
    smallest_cases: int = Field(default=30, ge=2, description="Source cases that it needs besides.")
    smallest_heard_cases: int = Field(
        default=10, ge=2, description="Source cases below which a small axis is shown and says nothing."
    )
    undecided: Undecided = Field(default=Undecided.SHOWN_WORSE, description="What smaller axes do.")
    failures_up: float = Field(
        default=0.02,
        ge=0,
        le=1,
        description="Unreadable answers that a candidate may have more than the champion, as a share of all items.",
    )
    approve: bool = Field(default=False, description="Whether a person has to approve what the numbers allow.")

    def delta_of(self, axis: str) -> float:
        """Return by how much a candidate may be worse on an axis."""
        return self.deltas.get(axis, self.delta)
