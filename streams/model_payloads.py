"""What the events of the model loop say: snapshot, run, adapter, bench, comparison, verdict, promotion, route.

Scores and differences are shares between 0 and 1 (differences between -1 and 1), never percent.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import Field

from generation.model import Growing

SHA256 = "^[0-9a-f]{64}$"
PLAIN_DATASET = "dataset:"
"""How the request of a dataset begins that was frozen to be looked at or exported: nobody asked for a run."""


class SnapshotRequested(Growing):
    """A dataset is to be frozen of what has been accepted by now."""

    request: str
    """Id of the request; the trigger derives it from what it saw, so that asking twice is asking once."""
    why: str
    """`new samples`, `age`, or what a person said."""
    accepted: int = Field(ge=0)
    """New accepted or edited samples of split `train` that whoever asks has counted."""
    who: str
    simulated: bool
    """Whether simulated decisions may go in; the snapshot is then marked."""


class SnapshotMade(Growing):
    """A dataset is frozen. Its manifest and card lie in the blob store."""

    snapshot: str = Field(pattern=SHA256)
    """Digest of the manifest, which is also its address."""
    request: str
    card: str = Field(pattern=SHA256)
    samples: int = Field(ge=0)
    simulated: bool


class AdapterRef(Growing):
    """An adapter: two blobs that never change, named by the digest of both."""

    name: str
    """`spine@3fa9c1d2e4b7` (`actors.engines.adapters`)."""
    digest: str = Field(pattern=SHA256)
    config: str = Field(pattern=SHA256)
    """Address of `adapter_config.json`."""
    weights: str = Field(pattern=SHA256)
    """Address of `adapter_model.safetensors`."""
    model: str
    """Name of the model it changes."""
    model_digest: str = Field(pattern=SHA256)


class AdapterMade(Growing):
    """A run has made a candidate."""

    adapter: AdapterRef
    run: str
    snapshot: str = Field(pattern=SHA256)
    parent: str
    """Name of the adapter it started from; empty for the bare model."""
    simulated: bool
    """Whether simulated decisions are in what it was trained on."""
    champion: AdapterRef | None = None
    """What answered when it was made, to be scored beside it; None: the bare model."""


class RunEnd(StrEnum):
    """How a training run ended."""

    TRAINED = "trained"
    """It made an adapter."""
    REFUSED = "refused"
    """It was not begun: too few samples, or the same run was made before."""
    FAILED = "failed"
    """It could not come to its end."""


class RunEnded(Growing):
    """A training run is over, in whatever way; the next one may be asked for."""

    run: str
    snapshot: str = Field(pattern=SHA256)
    end: RunEnd
    why: str = ""
    adapter: str = ""
    """Name of the adapter it made."""


class BenchVersioned(Growing):
    """A version of SpineBench is there."""

    bench: str = Field(pattern=SHA256)
    """Digest of its items, which is also their address in the blob store."""
    items: int = Field(ge=0)
    overlap: str = Field(pattern=SHA256)
    """Address of its overlap index (`generation.overlap.Index`), by which snapshots are cleaned."""


class AxisResult(Growing):
    """Candidate and champion on the items of one axis, compared item by item; intervals are clustered by case."""

    axis: str
    """`all`, an axis, or a further cut such as `level:L4/L5`."""
    items: int = Field(ge=0)
    cases: int = Field(ge=0)
    """Clusters: source cases of the items."""
    candidate: float
    champion: float
    difference: float
    low: float
    """Lower end of the two-sided 95 % interval of the difference."""
    high: float
    error: float = Field(default=0.0, ge=0)
    """Standard error of the difference, robust to clusters; 0 where it cannot be told (one case)."""
    freedom: float = Field(default=0.0, ge=0)
    """Degrees of freedom of that error, fewer than cases - 1 where cases are uneven; 0 where nobody told: cases - 1."""
    gained: int = Field(ge=0)
    """Items only the candidate has right."""
    lost: int = Field(ge=0)
    """Items only the champion has right."""
    candidate_low: float | None = None
    """Lower end of the 95 % interval of the candidate's own score, robust to clusters; None where nobody told it."""
    candidate_high: float | None = None
    champion_low: float | None = None
    """The same of the champion's score: the band of the trend page."""
    champion_high: float | None = None
    chance: float | None = None
    """What a guess gets on these items; None where nobody told it, as for cuts."""
    majority: float | None = None
    """What always the same letter gets."""
    blind: float | None = None
    """What the candidate gets without the passages."""

    @property
    def baselines(self) -> str:
        """What needs no knowledge, for people: chance, majority and blind; empty where nobody told it."""
        told = [one for one in (self.chance, self.majority, self.blind) if one is not None]
        return " / ".join(f"{one:.0%}" for one in told)


class ComparisonMade(Growing):
    """A candidate was scored beside the champion on one bench version."""

    comparison: str
    """uuid5 of bench, candidate and champion."""
    bench: str = Field(pattern=SHA256)
    candidate: AdapterRef
    champion: str
    """Name of the adapter that was live; empty for the bare model."""
    table: str = Field(pattern=SHA256)
    """Address of the answer table: a JSON list of `{item, case, axis, candidate, champion}`, the last two true where
    the answer is right."""
    axes: tuple[AxisResult, ...]
    candidate_failures: int = Field(default=0, ge=0)
    """Answers that could not be read; they count as wrong and are told apart."""
    champion_failures: int = Field(default=0, ge=0)
    simulated: bool = False


class Judgement(StrEnum):
    """What the gate says of a candidate."""

    PROMOTED = "promoted"
    """Better on the target, not worse elsewhere."""
    REFUSED = "refused"
    """One of the conditions is not met."""
    WAITING = "waiting"
    """The numbers allow it; a person has to approve."""


class CandidateJudged(Growing):
    """The gate has decided, with its numbers."""

    candidate: str
    champion: str
    comparison: str
    judgement: Judgement
    why: tuple[str, ...]
    """A sentence a condition, met or not."""
    look: int = Field(ge=1)
    """How many candidates have been looked at against this bench version, this one included."""
    numbers: dict[str, Any] = Field(default_factory=dict)
    simulated: bool = False


class Move(StrEnum):
    """How a model came to be the one that answers."""

    PROMOTED = "promoted"
    """The gate, or a person, promoted it."""
    ROLLED_BACK = "rolled_back"
    """It was the champion before and is so again."""


class ModelPromoted(Growing):
    """Which adapter is to answer from now on; the highest `seq` counts."""

    seq: int = Field(ge=1)
    adapter: AdapterRef | None
    """None: the bare model (the adapter of zeros)."""
    previous: str
    """Name of the one before; empty for the bare model."""
    move: Move
    who: str
    why: str


class RouteFlipped(Growing):
    """New requests are answered by this adapter since now."""

    seq: int = Field(ge=1)
    """Of the promotion it follows."""
    adapter: str
    """Name; empty for the bare model."""
    previous: str
    acknowledged: int = Field(ge=0)
    """Engines that had loaded and tested it."""
    of: int = Field(ge=0)
    """Engines there were."""
