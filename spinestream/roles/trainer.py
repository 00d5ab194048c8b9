"""The trainer role: makes adapters of snapshots, judges them by their comparisons, promotes."""

from __future__ import annotations

import asyncio

from spinestream.engine_choice import check_followers
from spinestream.settings import Settings
from spinestream.wiring import Parts
from streams.loop import Loop
from streams.telemetry.standing import STALL_SECONDS

RUN_SECONDS = 86_400.0
"""How long a training run may take before its process counts as stuck."""
DRAIN_SECONDS = 1.0
"""Seconds that a run in hand gets at the end: it leaves a checkpoint and is redelivered, so there is nothing to wait
for."""


async def serve_trainer(parts: Parts, settings: Settings, stop: asyncio.Event) -> None:
    """Run the training stage and the gate until `stop`."""
    # No other role loads what trains.
    from training.gate import GateStage
    from training.promoter import GatePromoter
    from training.stage import TrainStage
    from training.trainer import Trainer, TrainerParts, ray_launch

    check_followers(settings)
    assert parts.broker is not None
    assert parts.publisher is not None

    async def send() -> None:
        await parts.send(parts.registry.promotions)

    trainer = Trainer(
        TrainerParts(
            runs=parts.runs,
            registry=parts.registry,
            sources=parts.sources,
            blobs=parts.blobs,
            redis=parts.redis,
            settings=settings.training_settings(),
            folder=parts.workdir.training,
            launch=ray_launch(settings.ray),
        )
    )
    gate = GateStage(parts.gate, GatePromoter(parts.registry, send), settings.gate)
    await gate.finish()
    stages = ((TrainStage(trainer), RUN_SECONDS), (gate, STALL_SECONDS))
    loops = [Loop(parts.broker, parts.publisher, one, parts.dead_letters, patience) for one, patience in stages]
    async with asyncio.TaskGroup() as group:
        for loop in loops:
            group.create_task(loop.run(stop, DRAIN_SECONDS), name=loop.stage.group)
