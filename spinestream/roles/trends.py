"""The trends role: event facts, the trigger of training."""

from __future__ import annotations

import asyncio

from spinestream.settings import Settings
from spinestream.wiring import Parts


async def serve_trends(parts: Parts, settings: Settings, stop: asyncio.Event) -> None:
    """Write facts and look at the trigger until `stop`."""
    # No other role loads Faust.
    from streams.trends.facts import Facts
    from streams.trends.trigger import Trigger
    from streams.trends.worker import Timer, TrendsWorker

    assert parts.broker is not None
    trigger = Trigger(parts.database, settings.trigger, parts.outbox)

    async def look() -> None:
        await trigger.look()

    timers = (Timer(settings.trigger.look_seconds, look),)
    await TrendsWorker(parts.broker, Facts(parts.database), parts.workdir.run / "faust", timers).run(stop)
