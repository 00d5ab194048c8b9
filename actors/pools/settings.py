"""What an actor is given when it starts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from actors.reading import ReadingSettings
from generation.tasks import GenerationSettings
from streams.broker import BrokerSettings
from streams.object_store import S3Settings

STAGES = ("read", "draft", "revise")
"""Stages that ask a model, in the order work flows: each is served by exactly one pool."""


class PoolSettings(BaseModel):
    """Size and patience of one pool of engine actors; each actor has one engine and serves the pool's stages."""

    model_config = ConfigDict(extra="forbid")

    stages: tuple[str, ...] = Field(default=STAGES, min_length=1, description="Stages one actor's engine serves.")
    min_actors: int = Field(default=1, ge=0, le=256, description="Actors there are at least; 0: none while idle.")
    max_actors: int = Field(default=1, ge=1, le=256, description="Actors there are at most.")
    lag_per_actor: int = Field(default=200, ge=1, description="Unfinished records that call for one more actor.")
    scale_in_seconds: float = Field(
        default=60.0, ge=0, description="How long fewer actors must be enough before one is drained."
    )
    drain_seconds: float = Field(default=60.0, gt=0, description="What an actor that leaves may take to finish.")
    engine: str = Field(default="", description="Engine of this pool; empty: the deployment's.")
    engine_settings: dict[str, Any] = Field(
        default_factory=dict, description="Settings of the engine, over those of the deployment."
    )
    cpus: float = Field(default=0.5, gt=0, le=64, description="CPUs an actor claims from Ray; fractions share a core.")
    gpus: float = Field(default=0.0, ge=0, le=8, description="GPUs an actor claims from Ray.")
    resources: dict[str, Annotated[float, Field(gt=0)]] = Field(
        default_factory=dict,
        description="What else an actor claims from Ray, by name: it runs on nodes that declare as much of it.",
    )
    in_flight: int = Field(default=24, ge=1, le=4096, description="Records a stage of an actor holds at most.")
    stall_seconds: float = Field(
        default=120.0, gt=0, description="An engine with work that makes no token for longer is replaced."
    )
    start_seconds: float = Field(default=300.0, gt=0, description="An actor not ready after this is replaced.")
    follow_route: bool = Field(
        default=True,
        description="Answer with the adapter that was promoted last; off for a pool whose model is another than the "
        "one that is trained.",
    )
    share_compute: bool | None = Field(
        default=None,
        description="Stand still while trainer or scorer compute; null: where the engine computes on the CPU.",
    )

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.min_actors > self.max_actors:
            raise ValueError(f"min_actors ({self.min_actors}) is more than max_actors ({self.max_actors})")
        return self


def check_served(pools: Mapping[str, PoolSettings]) -> None:
    """Raise ValueError, which says what to change, unless every stage is served by exactly one pool."""
    served = Counter(stage for pool in pools.values() for stage in pool.stages)
    for stage, number in served.items():
        if stage not in STAGES:
            raise ValueError(f"no stage is called {stage!r}; there are {', '.join(STAGES)}")
        if number > 1:
            by = ", ".join(name for name, pool in pools.items() if stage in pool.stages)
            raise ValueError(f"stage {stage} is served {number} times (by {by}): leave it to one pool")
    for stage in STAGES:
        if stage not in served:
            raise ValueError(f"no pool serves stage {stage}: add it to the stages of one")


class WorkerSettings(BaseModel):
    """Everything one worker needs; it crosses to the actor's process, which may be on another machine.

    Where a password is in a file only the file's name crosses. Printed, it holds no secret.
    """

    model_config = ConfigDict(extra="forbid")

    broker: BrokerSettings
    mongodb: str = Field(repr=False)
    database: str
    redis: str = Field(repr=False)
    blobs: str
    s3: S3Settings | None = None
    """How the store of `blobs` is reached where that is S3; None: as the actor's own environment says."""
    engine: str
    engine_settings: dict[str, Any] = Field(repr=False)
    generation: GenerationSettings
    reading: ReadingSettings = ReadingSettings()
    stages: tuple[str, ...]
    in_flight: int
    follow_route: bool = True
    share_compute: bool | None = None
    """Whether its stages stand still while trainer or scorer compute; None: where its engine computes on the CPU."""
    actor: str = ""
    """Id of the actor that the worker lives in, given by the pool's manager; empty: the worker makes one."""
