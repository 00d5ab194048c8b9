"""The draft stage: `item planned` -> `item drafted`."""

from __future__ import annotations

from typing import ClassVar

from actors.stages.base import GenerationStage, Work
from generation.requests import ModelAnswer
from generation.tasks import task_for
from streams import topics
from streams.events import Event
from streams.payloads import ItemDrafted


class DraftStage(GenerationStage):
    """Asks for the first writing of an item."""

    group: ClassVar[str] = "draft"
    topics: ClassVar[tuple[str, ...]] = (topics.PLANNED.name,)

    def read(self, event: Event) -> Work:
        """Read a planned item."""
        item = topics.PLANNED.read(event).item
        return Work(item, 0, task_for(item.kind).draft_request(item, self._parts.settings, 0))

    def event(self, source: Event, work: Work, answer: ModelAnswer, seconds: float) -> Event:
        """Tell the draft."""
        draft = task_for(work.item.kind).make_draft(work.item, answer, work.request, seconds, self._host)
        return topics.DRAFTED.event(
            ItemDrafted(item=work.item, draft=draft),
            key=work.item.id,
            subject=work.item.id,
            source="draft",
            detail=str(work.round),
        )
