"""What an actor is given when it starts."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from generation.tasks import GenerationSettings
from streams.broker import BrokerSettings


class PoolSettings(BaseModel):
    """Size and patience of the pool."""

    model_config = ConfigDict(extra="forbid")

    actors: int = Field(default=1, ge=1, le=256, description="Engine actors; each serves the stages named.")
    stages: tuple[str, ...] = Field(default=("draft", "revise"), description="Stages one actor's engine serves.")
    cpus: float = Field(default=0.5, gt=0, le=64, description="CPUs an actor claims from Ray; fractions share a core.")
    gpus: float = Field(default=0.0, ge=0, le=8, description="GPUs an actor claims from Ray.")
    in_flight: int = Field(default=24, ge=1, le=4096, description="Records a stage of an actor holds at most.")
    stall_seconds: float = Field(
        default=120.0, gt=0, description="An engine with work that makes no token for longer is replaced."
    )
    start_seconds: float = Field(default=300.0, gt=0, description="An actor not ready after this is replaced.")


class WorkerSettings(BaseModel):
    """Everything one worker needs; it crosses to the actor's process."""

    model_config = ConfigDict(extra="forbid")

    broker: BrokerSettings
    mongodb: str
    database: str
    redis: str
    blobs: str
    engine: str
    engine_settings: dict[str, Any]
    generation: GenerationSettings
    stages: tuple[str, ...]
    in_flight: int
