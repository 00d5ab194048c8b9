"""Candidate made -> scored beside the champion on the newest version of SpineBench -> comparison made.

A record is scored on the version that was the newest when it was begun, however often it comes again. The champion is
scored first: its answers are kept, so they are asked once a version.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import ClassVar

from actors.adapters import fetch_adapter
from actors.compute import LeaseLost
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
            # Replayed from the dead letters, it gets its chances anew.
            await scores.forget_deaths(event.id)
            return Dead("kills-engines", f"{MOST_DEATHS} engines died scoring {made.adapter.name}: not scored again")
        try:
            with _blamed(made.adapter, "adapter-unusable"):
                candidate = await fetch_adapter(self._scorer.blobs, made.adapter)
            with _blamed(made.champion, "champion-unusable"):
                before = await fetch_adapter(self._scorer.blobs, made.champion) if made.champion else None
            return await self._under_lease(bench, made, candidate, before)
        except _Unusable as error:
            return Dead(error.reason, str(error))
        except EngineDead as dead:
            await scores.count_death(event.id)
            raise StageFailed(f"the scoring engine died on {made.adapter.name}: {dead}") from dead

    async def _under_lease(
        self, bench: str, made: AdapterMade, candidate: Adapter, champion: Adapter | None
    ) -> Outcome:
        """Score under the lease, as often as it is lost: what was answered is kept."""
        while True:
            try:
                async with self._held():
                    return await self._compared(bench, made, candidate, champion)
            except LeaseLost as lost:
                log.warning("%s: %s; scoring goes on with the next item", made.adapter.name, lost)

    async def _compared(self, bench: str, made: AdapterMade, candidate: Adapter, champion: Adapter | None) -> Outcome:
        with _blamed(made.champion, "champion-unusable"):
            beside = await self._scored(bench, champion)
        with _blamed(made.adapter, "adapter-unusable"):
            scored = await self._scored(bench, candidate)
        comparison = await self._scorer.compared(bench, made.adapter, scored, beside, simulated=made.simulated)
        event = topics.COMPARISONS.event(
            comparison, key=comparison.comparison, subject=comparison.comparison, source="scorer"
        )
        return Done((await self._scorer.scores.keep_comparison(comparison, event),))

    async def _scored(self, bench: str, adapter: Adapter | None) -> Scored:
        name = adapter.name if adapter else "the bare model"
        log.info("scoring %s on version %s", name, bench[:12])
        found = await self._scorer.score(bench, adapter)
        first = found.score.scores[0]
        log.info("%s: %s of %d items right (%s)", name, f"{first.score.value:.3f}", first.items, first.method.value)
        return found


class _Unusable(Exception):
    """A model cannot be scored, whoever tries."""

    def __init__(self, reason: str, told: str) -> None:
        super().__init__(told)
        self.reason = reason


@contextmanager
def _blamed(ref: AdapterRef | None, reason: str) -> Iterator[None]:
    """Say which of the two models it is that cannot be scored."""
    try:
        yield
    except EngineNotUsable as error:
        raise _Unusable(reason, f"{ref.name if ref else 'the bare model'} cannot be scored: {error}") from error
