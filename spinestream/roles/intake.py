"""The intake role: splits sources into passages and plans their items."""

from __future__ import annotations

import asyncio

from spinestream.settings import Settings
from spinestream.wiring import Parts
from streams.intake.plan_stage import PlanStage
from streams.intake.split_stage import SplitStage
from streams.loop import Loop


async def serve_intake(parts: Parts, settings: Settings, stop: asyncio.Event) -> None:
    """Run the split and plan stages until `stop`."""
    assert parts.broker is not None
    assert parts.publisher is not None
    stages = (
        SplitStage(parts.sources, parts.blobs, settings.documents),
        PlanStage(parts.sources, parts.blobs, settings.plan),
    )
    async with asyncio.TaskGroup() as group:
        for stage in stages:
            loop = Loop(parts.broker, parts.publisher, stage, parts.dead_letters)
            group.create_task(loop.run(stop), name=stage.group)
