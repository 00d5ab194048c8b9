"""What the reconciler has to know of sources that are not fully planned in the store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from generation.planning import PLAN_VERSION
from streams import topics
from streams.broker import Position
from streams.deadletters import DeadLetters
from streams.errors import BlobDamaged, BlobMissing
from streams.events import Event
from streams.intake.plan_stage import PlanStage
from streams.intake.split_stage import SplitStage
from streams.reconciler import Outstanding
from streams.sources import PlanRecord, Sources

READ = "read"
"""The group of the engines that read sources."""
STORE = "store"
"""The group of the sink that takes planned items in."""
HeldItems = Callable[[Collection[str]], Awaitable[Mapping[str, int]]]
"""Returns {plan id: items the sample store holds of it}."""


class SourceLedger:
    """A source is open while one of its plans is missing or the store holds fewer items than the plan names."""

    groups: ClassVar[Mapping[str, tuple[str, ...]]] = {SplitStage.group: SplitStage.topics}
    after: ClassVar[tuple[tuple[str, tuple[str, ...]], ...]] = (
        (READ, (topics.PASSAGES.name,)),
        (PlanStage.group, PlanStage.topics),
        (STORE, (topics.PLANNED.name,)),
    )

    def __init__(self, sources: Sources, dead_letters: DeadLetters, held_items: HeldItems) -> None:
        self._sources = sources
        self._dead_letters = dead_letters
        self._held_items = held_items

    async def outstanding(self) -> AsyncIterator[Outstanding]:
        """Yield sources whose first event has to come again."""
        async for document, plans in self._sources.with_plans(PLAN_VERSION):
            if document["unsent"]:
                continue
            made = [plan for plan in plans if plan is not None]
            held = await self._held_items([plan.id for plan in made]) if made else {}
            short = [plan for plan in made if held.get(plan.id, 0) < plan.items]
            if len(made) == len(plans) and not short:
                await self._sources.mark_complete(document)
                continue
            if await self._dead_letters.subjects(None, [document["_id"]]):
                continue
            if len(made) == len(plans) and await self._refused(short, held):
                continue
            at = Position(*document["sent"]) if document.get("sent") else None
            yield Outstanding(document["_id"], partial(_stored_event, document), SplitStage.group, at)

    async def _refused(self, short: Sequence[PlanRecord], held: Mapping[str, int]) -> bool:
        """Tell whether all that is missing of these plans lies in the store's dead letters: it came, and cannot be
        taken."""
        for plan in short:
            try:
                items = await self._sources.item_ids(plan)
            except (BlobMissing, BlobDamaged):
                return False
            dead = await self._dead_letters.subjects(STORE, items)
            if held.get(plan.id, 0) + len(dead) < plan.items:
                return False
        return True

    async def moved(self, places: Sequence[tuple[str, Position]]) -> None:
        """Note the new places."""
        for version, at in places:
            await self._sources.documents.update_one(
                {"_id": version}, {"$set": {"sent": [at.topic, at.partition, at.offset]}}
            )


async def _stored_event(document: Mapping[str, Any]) -> Event:
    return Event.from_stored(document["event"])
