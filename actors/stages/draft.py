"""The draft stage: `item planned` -> `item drafted`."""

from __future__ import annotations

from typing import ClassVar

from actors.stages.asking import Ask
from actors.stages.base import GenerationStage, Work
from generation.items import PlannedItem
from generation.tasks import task_for
from streams import topics
from streams.events import Event
from streams.payloads import ItemDrafted


class DraftStage(GenerationStage[PlannedItem]):
    """Asks for the first writing of an item."""

    group: ClassVar[str] = "draft"
    topics: ClassVar[tuple[str, ...]] = (topics.PLANNED.name,)

    def read(self, event: Event) -> Work[PlannedItem]:
        """Read a planned item."""
        item = topics.PLANNED.read(event).item
        return Work(item.id, item.source.id, 0, item)

    async def work(self, work: Work[PlannedItem], ask: Ask) -> Event:
        """Ask for a draft and tell it."""
        item, task = work.payload, task_for(work.payload.kind)
        request = self.shown(task.draft_request(item, self._parts.settings, work.round), item)
        answered = await ask(request)
        draft = task.make_draft(item, answered.answer, request, answered.seconds, self._host)
        return topics.DRAFTED.event(
            ItemDrafted(item=item, draft=draft),
            key=item.id,
            subject=item.id,
            source=self.group,
            detail=str(work.round),
        )
