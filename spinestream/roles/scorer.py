"""The scorer role: candidates are scored beside the champion."""

from __future__ import annotations

import asyncio
import os

from spinestream.settings import Settings
from spinestream.wiring import Parts
from streams.loop import Loop

COMPARISON_SECONDS = 86_400.0
"""How long a comparison may take before its process counts as stuck: it has thousands of items to answer."""


async def serve_scorer(parts: Parts, settings: Settings, stop: asyncio.Event) -> None:
    """Score candidates until `stop`; what was answered is kept, so a scorer that is stopped goes on where it was."""
    # No other role scores, and what does it takes a while to load.
    from bench.stage import ScorerStage
    from spinestream.benching import lease_of, scorer_of

    assert parts.broker is not None
    assert parts.publisher is not None
    lease = lease_of(parts, settings, f"scorer {os.getpid()}")
    scorer = await scorer_of(parts, settings)
    # Before the first dataset is frozen, so that it is cleaned of what overlaps with the bench.
    await scorer.newest(parts.outbox)
    stage = ScorerStage(scorer, lease.held, parts.outbox)
    await Loop(parts.broker, parts.publisher, stage, parts.dead_letters, COMPARISON_SECONDS).run(stop)
