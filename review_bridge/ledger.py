"""What the reconciler has to know of samples that are not settled."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from functools import partial
from typing import ClassVar

from generation.samples import State
from review_bridge.sample import Sample
from review_bridge.sink import SinkStage
from review_bridge.store import SampleStore
from streams import topics
from streams.broker import Position
from streams.events import Event
from streams.payloads import ItemDrafted, ItemPlanned
from streams.reconciler import Outstanding

PAGE = 1000
"""Open samples looked at in one pass of the reconciler."""


class SampleLedger:
    """A sample is open while it is planned or drafted and no stage has given up on it."""

    groups: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "draft": (topics.PLANNED.name,),
        "revise": (topics.DRAFTED.name,),
    }
    after: ClassVar[tuple[tuple[str, tuple[str, ...]], ...]] = ((SinkStage.group, SinkStage.topics),)

    def __init__(self, store: SampleStore) -> None:
        self._store = store
        self._after = ""

    async def outstanding(self) -> AsyncIterator[Outstanding]:
        """Yield open samples, at most `PAGE` of them, with the event that should bring each on.

        A backlog may be long and is read again and again, so each call goes on where the last one ended.
        """
        page = await self._store.open_page(after=self._after, limit=PAGE)
        self._after = page[-1].id if len(page) == PAGE else ""
        for sample in page:
            drafted = sample.state is State.DRAFTED
            name = topics.DRAFTED.name if drafted else topics.PLANNED.name
            at = Position(*sample.at[name]) if name in sample.at else None
            yield Outstanding(sample.id, partial(self._event, sample.id), "revise" if drafted else "draft", at)

    async def _event(self, item_id: str) -> Event | None:
        sample = await self._store.get(item_id)
        return None if sample is None else _event(sample)

    async def moved(self, places: Sequence[tuple[str, Position]]) -> None:
        """Note the new places."""
        await self._store.note_places([(item, (at.topic, at.partition, at.offset)) for item, at in places])


def _event(sample: Sample) -> Event | None:
    """Return the event that brings a sample on, None where nothing does: it is settled, or its plan is not here."""
    if sample.plan is None or sample.state not in (State.PLANNED, State.DRAFTED):
        return None
    if sample.state is State.DRAFTED and sample.draft is not None:
        return topics.DRAFTED.event(
            ItemDrafted(item=sample.plan, draft=sample.draft),
            key=sample.id,
            subject=sample.id,
            source="reconciler",
            detail=str(sample.draft.round),
        )
    return topics.PLANNED.event(ItemPlanned(item=sample.plan), key=sample.id, subject=sample.id, source="reconciler")
