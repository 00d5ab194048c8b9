"""What a run is told, what it tells, and the files it leaves in its folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import Field

from generation.model import Growing
from training.settings import TrainSettings

ROWS = "rows.jsonl"
"""The rows to train on, as a manifest has them."""
PROGRESS = "progress.jsonl"
"""A line a step, appended; a resumed run repeats the steps behind its checkpoint."""
CHECKPOINT = "checkpoint.pt"
STOP = "stop"
"""A file that asks the run to leave a checkpoint and stop."""
REFUSAL = "refused.txt"
"""Why the run cannot be done, where trying again would not help."""
RESULT = "result.json"
ADAPTER = "adapter"
"""Folder of the adapter, with a name of no meaning: its own name is made of its bytes."""
CALLED = "spine"
"""What trained adapters are called: `spine@<digest>`."""


@dataclass(frozen=True)
class Job:
    """One run, on the machine (or the shared folder) that computes it."""

    folder: Path
    """Of this run alone; absolute. More than one node needs it on a file system that all see."""
    settings: TrainSettings
    model: str
    """Name of the model, for the adapter's configuration."""
    model_folder: Path
    parent: Path | None = None
    """Folder of the adapter that the weights start from; None: an adapter that changes nothing."""


class Step(NamedTuple):
    """Where a run stands after a step."""

    step: int
    """From 1."""
    steps: int
    loss: float
    """Weighted mean over the batch of the negative log-likelihood, in nats a token."""
    tokens: int
    """Tokens read since the run's first step, prompts included."""
    seconds: float
    """Computing time since the run's first step, without what a kill cost."""

    @property
    def tokens_per_second(self) -> float:
        """Mean over the run, 0 before it has a duration."""
        return self.tokens / self.seconds if self.seconds > 0 else 0.0


Tell = Callable[[Step], None]


class Result(Growing):
    """What a finished run has to say for itself."""

    identity: str
    """Of the run (`training.lora.checkpoint.identity_of`)."""
    steps: int = Field(ge=0)
    losses: tuple[float, ...]
    """Of each step."""
    tokens: int = Field(ge=0)
    seconds: float = Field(ge=0)
    examples: int = Field(ge=0)
    truncated: int = Field(ge=0)
    left_out: dict[str, int]
    """Samples that were not trained on, by why (`training.conversation.LeftOut`)."""
    software: dict[str, str]
    """Versions of what computed it."""
    resumed: int = Field(default=0, ge=0)
    """How often it went on from a checkpoint."""


def step_of(told: list[Any]) -> Step:
    """Read back a line of the progress file."""
    return Step(int(told[0]), int(told[1]), float(told[2]), int(told[3]), float(told[4]))
