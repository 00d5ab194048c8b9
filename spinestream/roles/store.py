"""The store role: the sink of the sample store, the review queue's upkeep, snapshots, promotions, and the
reconciler."""

from __future__ import annotations

import asyncio
import logging

from actors.routes.stage import RouteStage
from review_bridge import ReviewQueue, SampleStore, refill
from review_bridge.ledger import SampleLedger
from review_bridge.sink import SinkStage
from review_bridge.snapshots.ledger import RequestLedger
from review_bridge.snapshots.stage import SnapshotStage
from spinestream.model_ledgers import model_ledgers
from spinestream.settings import Settings
from spinestream.wiring import Parts
from streams.dependencies import as_dependency_down
from streams.intake.ledger import SourceLedger
from streams.loop import Loop
from streams.reconciler import Reconciler
from streams.trends.trigger import requests_of

log = logging.getLogger(__name__)

SNAPSHOT_SECONDS = 14_400.0
"""How long a dataset may take before its process counts as stuck: every sample is compared with every other."""
REFILL_EVERY = 5.0
PATIENCE = 3.0
"""Seconds a command has to send its event itself: its first publish takes one, and what both send travels twice."""


async def serve_store(parts: Parts, settings: Settings, stop: asyncio.Event) -> None:
    """Run sink, queue upkeep, snapshots and reconciler until `stop`."""
    assert parts.broker is not None
    assert parts.publisher is not None
    assert parts.queue is not None
    sink = Loop(
        parts.broker,
        parts.publisher,
        SinkStage(parts.store, parts.queue, parts.sources, also=(parts.snapshots.mark_withdrawn,)),
        parts.dead_letters,
    )
    freezing = SnapshotStage(parts.snapshots)
    snapshots = Loop(parts.broker, parts.publisher, freezing, parts.dead_letters, SNAPSHOT_SECONDS)
    routes = Loop(parts.broker, parts.publisher, RouteStage(parts.routes), parts.dead_letters)
    ledgers = (
        SourceLedger(parts.sources, parts.dead_letters, parts.store.held_items),
        SampleLedger(parts.store),
        RequestLedger(parts.snapshots.requests, parts.dead_letters),
    )
    commands = (
        parts.sources.documents,
        parts.sources.tombstones,
        parts.store.decisions.documents,
        parts.snapshots.requests.documents,
        parts.routes.documents,
        parts.versions.documents,
        parts.runs.requests,
        parts.registry.promotions,
        parts.registry.adapters,
        parts.gate.documents,
        requests_of(parts.database),
    )
    reconciler = Reconciler(
        parts.broker, parts.publisher, parts.dead_letters, commands, ledgers, PATIENCE, model_ledgers(parts)
    )
    async with asyncio.TaskGroup() as group:
        group.create_task(sink.run(stop), name="sink")
        group.create_task(snapshots.run(stop), name="snapshots")
        group.create_task(routes.run(stop), name="routes")
        group.create_task(reconciler.run(stop), name="reconciler")
        group.create_task(_keep_queue(parts.store, parts.queue, stop), name="queue")


async def _keep_queue(store: SampleStore, queue: ReviewQueue, stop: asyncio.Event) -> None:
    """Rebuild the queue from the store at start, and again whenever Redis has lost it."""
    known = -1
    while not stop.is_set():
        try:
            if await queue.size() < known or known < 0:
                await refill(store, queue)
            known = await queue.size()
        except Exception as error:
            if as_dependency_down(error) is None:
                raise
            log.info("queue: %s", as_dependency_down(error))
        try:
            await asyncio.wait_for(stop.wait(), REFILL_EVERY)
        except TimeoutError:
            continue
