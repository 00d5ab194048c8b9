"""Candidate made -> scored beside the champion on the newest version of SpineBench -> comparison made.

A record is scored on the version that was the newest when it was begun, however often it comes again. The champion is
scored first: its answers are kept, so they are asked once a version.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import ClassVar

from actors.adapters import fetch_adapter
from actors.engines.adapters import Adapter
from actors.engines.errors import EngineDead, EngineNotUsable
from bench.errors import BenchError
from bench.runner.scoring import Scored, Scorer, comparison_id
from streams import topics
from streams.delivery import Delivery
from streams.errors import EventInvalid
from streams.events import Event
from streams.loop import StageFailed
from streams.model_payloads import AdapterMade, AdapterRef
from streams.outbox import Outbox
from streams.outcomes import Dead, Done, Outcome

log = logging.getLogger(__name__)

MOST_DEATHS = 3
"""Engines that may die while they score one candidate, before it is given up."""

Held = Callable[[], AbstractAsyncContextManager[None]]
"""Holds the compute lease (`actors.compute.ComputeLease.held`)."""


class ScorerStage:
    """Adapters made -> comparisons, one at a time."""

    group: ClassVar[str] = "scorer"
    topics: ClassVar[tuple[str, ...]] = (topics.CANDIDATES.name,)
    in_flight = 1
    batch = 1
    calls = 1

    def __init__(self, scorer: Scorer, held: Held, outbox: Outbox | None) -> None:
        """`outbox` tells of a version that the stage has to make itself."""
        self._scorer = scorer
        self._held = held
        self._outbox = outbox

    async def handle(self, deliveries: Sequence[Delivery]) -> AsyncIterator[tuple[Delivery, Outcome]]:
        """Score each candidate; a record that comes again emits the comparison that is there."""
        for one in deliveries:
            try:
                yield one, await self._one(one.event)
            except EventInvalid as error:
                yield one, Dead("not-an-event", str(error))
            except BenchError as error:
                yield one, Dead("not-scored", str(error))

    async def _one(self, event: Event) -> Outcome:
        made: AdapterMade = topics.CANDIDATES.read(event)
        scores = self._scorer.scores
        bench = await scores.bench_for(event.id, await self._scorer.newest(self._outbox))
        champion = made.champion.name if made.champion else ""
        if (known := await scores.comparison(comparison_id(bench, made.adapter.name, champion))) is not None:
            return Done((known,))
        if await scores.deaths(event.id) >= MOST_DEATHS:
            return Dead("kills-engines", f"{MOST_DEATHS} engines died scoring {made.adapter.name}: not scored again")
        try:
            candidate = await self._fetched(made.adapter)
            before = await self._fetched(made.champion) if made.champion else None
            async with self._held():
                return await self._compared(bench, made, candidate, before)
        except EngineNotUsable as error:
            return Dead("adapter-unusable", f"{made.adapter.name} cannot be scored: {error}")
        except EngineDead as dead:
            await scores.count_death(event.id)
            raise StageFailed(f"the scoring engine died on {made.adapter.name}: {dead}") from dead

    async def _compared(self, bench: str, made: AdapterMade, candidate: Adapter, champion: Adapter | None) -> Outcome:
        beside = await self._scored(bench, champion)
        scored = await self._scored(bench, candidate)
        comparison = await self._scorer.compared(bench, made.adapter, scored, beside, simulated=made.simulated)
        event = topics.COMPARISONS.event(
            comparison, key=comparison.comparison, subject=comparison.comparison, source="scorer"
        )
        return Done((await self._scorer.scores.keep_comparison(comparison, event),))

    async def _fetched(self, ref: AdapterRef) -> Adapter:
        return await fetch_adapter(self._scorer.blobs, ref)

    async def _scored(self, bench: str, adapter: Adapter | None) -> Scored:
        name = adapter.name if adapter else "the bare model"
        log.info("scoring %s on version %s", name, bench[:12])
        found = await self._scorer.score(bench, adapter)
        first = found.score.scores[0]
        log.info("%s: %s of %d items right (%s)", name, f"{first.score.value:.3f}", first.items, first.method.value)
        return found
