"""A training run as it is stored, and its name."""

from __future__ import annotations

import uuid
from enum import StrEnum
from typing import Any

from pydantic import Field

from generation.ids import NAMESPACE
from generation.model import Growing
from streams.model_payloads import AdapterRef


class RunState(StrEnum):
    """Where a run stands."""

    RUNNING = "running"
    """It was begun and has not ended; also while its trainer is away."""
    TRAINED = "trained"
    """It made an adapter."""
    REFUSED = "refused"
    """It was not begun."""
    FAILED = "failed"
    """It could not come to its end."""


class Phase(StrEnum):
    """What a run that runs is doing."""

    PREPARING = "preparing"
    """It reads its samples."""
    WAITING = "waiting for compute"
    """Another process computes."""
    TRAINING = "training"
    """It computes."""
    STORING = "storing"
    """Its adapter goes into the blob store."""


class Course(Growing):
    """How far a run has come."""

    step: int = 0
    steps: int = 0
    loss: float | None = None
    """Of the last step, in nats a token."""
    losses: tuple[tuple[int, float], ...] = ()
    """(step, loss), `training.runs.POINTS` of them at most, spread over the course."""
    tokens: int = 0
    seconds: float = 0.0
    tokens_per_second: float = 0.0


class Run(Growing):
    """A run: what it was told, how far it has come, what it made."""

    id: str
    request: str
    """Who asked for the snapshot, or for the run."""
    also: tuple[str, ...] = ()
    """Later requests that came to the same run."""
    snapshot: str
    parent: AdapterRef | None = None
    """The adapter its weights start from; None: an adapter that changes nothing."""
    settings: dict[str, Any]
    config: str
    """Digest of what of the settings and the model decides about the adapter."""
    model: str
    model_digest: str
    state: RunState
    phase: Phase = Phase.PREPARING
    why: str = ""
    """Why it was refused or failed."""
    simulated: bool
    """Whether simulated decisions are in what it is trained on, or in what its parent was."""
    samples: int = 0
    new: int = 0
    """Samples that the parent has not seen."""
    replayed: int = 0
    sources: tuple[str, ...] = ()
    """Ids of the sources its samples are of."""
    tainted: tuple[str, ...] = ()
    """Those of them that were withdrawn."""
    course: Course = Field(default_factory=Course)
    attempts: int = 0
    """How often a trainer has taken it in hand."""
    begun: str
    updated: str
    """When it last told of itself."""
    ended: str = ""
    adapter: AdapterRef | None = None
    champion: AdapterRef | None = None
    """What answered when its adapter was made; None: the bare model."""

    @property
    def over(self) -> bool:
        """Whether it has ended, in whatever way."""
        return self.state is not RunState.RUNNING

    @property
    def parent_name(self) -> str:
        """Name of the parent; empty for none."""
        return self.parent.name if self.parent else ""


def run_id(snapshot: str, config: str, parent: str) -> str:
    """Return the id of the run of a configuration on a snapshot, from a parent (empty: none)."""
    return str(uuid.uuid5(NAMESPACE, f"run|{snapshot}|{config}|{parent}"))
