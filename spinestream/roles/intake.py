"""The intake role: splits sources into passages and plans their items."""

from __future__ import annotations

import asyncio

from spinestream.settings import Settings
from spinestream.wiring import Parts
from streams.controls import follow, keep_following
from streams.intake.plan_stage import PlanStage
from streams.intake.split_stage import SplitStage
from streams.loop import Loop
from streams.telemetry.standing import STALL_SECONDS


async def serve_intake(parts: Parts, settings: Settings, stop: asyncio.Event) -> None:
    """Run the split and plan stages until `stop`."""
    assert parts.broker is not None
    assert parts.publisher is not None
    stages = (
        SplitStage(parts.sources, parts.blobs, settings.documents),
        PlanStage(parts.sources, parts.blobs, settings.plan),
    )
    # A document may take as long as its limit says.
    patience = max(STALL_SECONDS, 2 * settings.documents.pdf_timeout_s)
    loops = {one.group: Loop(parts.broker, parts.publisher, one, parts.dead_letters, patience) for one in stages}
    await follow(parts.controls.paused, loops)
    async with asyncio.TaskGroup() as group:
        group.create_task(keep_following(parts.controls.paused, loops, stop), name="controls")
        for name, loop in loops.items():
            group.create_task(loop.run(stop), name=name)
