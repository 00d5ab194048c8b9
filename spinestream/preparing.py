"""What there has to be before roles can work: topics, collections with their indexes, the budget."""

from __future__ import annotations

import asyncio

from spinestream.embedded import Addresses
from spinestream.settings import Settings
from spinestream.wiring import connected
from spinestream.workdir import Workdir


async def prepare_deployment(workdir: Workdir, settings: Settings, addresses: Addresses) -> list[str]:
    """Make what is missing on broker and store, and set the budget; returns the topics created. Safe to repeat and to
    race.

    Raises what broker and store raise while they do not answer.
    """
    async with connected(workdir, settings, addresses) as parts:
        assert parts.broker is not None
        assert parts.budget is not None
        created = await asyncio.to_thread(parts.broker.ensure_topics)
        await parts.prepare()
        await parts.budget.set(settings.budget)
    return created
