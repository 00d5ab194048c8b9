"""The revise stage: `item drafted` -> `item revised`, checked: queued, or held with reasons."""

from __future__ import annotations

from typing import ClassVar

from actors.stages.base import GenerationStage, Work
from generation.requests import ModelAnswer
from generation.tasks import task_for
from streams import topics
from streams.events import Event
from streams.payloads import ItemDrafted, ItemRevised


class ReviseStage(GenerationStage):
    """Asks for the second writing of an item and for a verdict per criterion."""

    group: ClassVar[str] = "revise"
    topics: ClassVar[tuple[str, ...]] = (topics.DRAFTED.name,)

    def read(self, event: Event) -> Work:
        """Read a drafted item."""
        drafted: ItemDrafted = topics.DRAFTED.read(event)
        item, draft = drafted.item, drafted.draft
        request = task_for(item.kind).revise_request(item, draft, self._parts.settings, draft.round)
        return Work(item, draft.round, request)

    def event(self, source: Event, work: Work, answer: ModelAnswer, seconds: float) -> Event:
        """Tell the revision."""
        draft = topics.DRAFTED.read(source).draft
        revision = task_for(work.item.kind).make_revision(
            work.item, draft, answer, work.request, seconds, self._host, self._parts.settings
        )
        revised = ItemRevised(
            item_id=work.item.id,
            source_id=work.item.source.id,
            source_version=work.item.source.version,
            revision=revision,
        )
        return topics.REVISED.event(
            revised, key=work.item.id, subject=work.item.id, source="revise", detail=str(work.round)
        )
