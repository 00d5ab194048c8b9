"""Errors of the gate. A message says what, which candidate, and what to do."""

from __future__ import annotations

from training.errors import TrainingError


class GateError(TrainingError):
    """Base of every error raised by `training.gate`."""


class NotWaiting(GateError):
    """A person approves or refuses a candidate that does not wait for it."""

    def __init__(self, candidate: str, standing: str) -> None:
        super().__init__(f"candidate {candidate} waits for nobody: {standing}")


class ChampionMoved(GateError):
    """The champion a candidate was compared with is not the champion any more."""

    def __init__(self, candidate: str, compared: str, live: str) -> None:
        super().__init__(
            f"candidate {candidate} was compared with {compared or 'the bare model'}, and {live or 'the bare model'} "
            f"is the champion now: `spinestream models rescore {candidate}` has it scored beside that one"
        )


class NotCarriedOut(GateError):
    """A candidate was approved and did not become the champion: something came in between."""

    def __init__(self, candidate: str, left: str) -> None:
        super().__init__(f"candidate {candidate} was approved and is not the champion: {left}")


class NoName(GateError):
    """A person's decision does not say whose it is."""

    def __init__(self, candidate: str) -> None:
        super().__init__(f"the decision on candidate {candidate} does not say who decided: give a name")
