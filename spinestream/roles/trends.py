"""The trends role: event facts, the trigger of training."""

from __future__ import annotations

import asyncio
import logging
import os

from spinestream.settings import Settings
from spinestream.wiring import Parts

log = logging.getLogger(__name__)


async def serve_trends(parts: Parts, settings: Settings, stop: asyncio.Event) -> None:
    """Write facts and look at the trigger until `stop`."""
    # No other role loads Faust.
    from streams.trends.facts import Facts
    from streams.trends.quiet import quieten
    from streams.trends.trigger import Trigger
    from streams.trends.worker import Timer, TrendsWorker, WorkerStuck

    assert parts.broker is not None
    quieten()
    trigger = Trigger(parts.database, settings.trigger, parts.outbox)

    async def look() -> None:
        await trigger.look()

    timers = (Timer(settings.trigger.look_seconds, look),)
    try:
        await TrendsWorker(parts.broker, Facts(parts.database), parts.workdir.run / "faust", timers).run(stop)
    except WorkerStuck as stuck:
        # Its threads would keep the process, and so its membership of the group.
        log.error("trends: %s", stuck)
        os._exit(1)
