"""The revise stage: `item drafted` -> `item revised`, checked: queued, or held with reasons."""

from __future__ import annotations

import logging
from typing import ClassVar

from actors.engines.errors import RequestFailed
from actors.stages.asking import Ask
from actors.stages.base import GenerationStage, Work
from generation.requests import ModelRequest
from generation.samples import Revision
from generation.tasks import task_for
from streams import topics
from streams.events import Event
from streams.payloads import ItemDrafted, ItemRevised

log = logging.getLogger(__name__)


class ReviseStage(GenerationStage[ItemDrafted]):
    """Asks for the second writing of an item and for a verdict per criterion; once more where a check fails."""

    group: ClassVar[str] = "revise"
    topics: ClassVar[tuple[str, ...]] = (topics.DRAFTED.name,)

    def read(self, event: Event) -> Work[ItemDrafted]:
        """Read a drafted item."""
        drafted: ItemDrafted = topics.DRAFTED.read(event)
        return Work(drafted.item.id, drafted.item.source.id, drafted.draft.round, drafted)

    async def work(self, work: Work[ItemDrafted], ask: Ask) -> Event:
        """Ask for a revision, have it corrected where it fails, and tell it."""
        item, draft, settings = work.payload.item, work.payload.draft, self._parts.settings
        task = task_for(item.kind)
        request = self.shown(task.revise_request(item, draft, settings, work.round), item)
        answered = await ask(request)
        revision = task.make_revision(item, draft, answered.answer, request, answered.seconds, self._host, settings)
        again = task.correct_request(item, revision, request, settings)
        if again is not None:
            revision = await self._corrected(work.payload, revision, again, ask)
        revised = ItemRevised(
            item_id=item.id,
            source_id=item.source.id,
            source_version=item.source.version,
            revision=revision,
        )
        return topics.REVISED.event(revised, key=item.id, subject=item.id, source=self.group, detail=str(work.round))

    async def _corrected(self, drafted: ItemDrafted, revision: Revision, again: ModelRequest, ask: Ask) -> Revision:
        """Ask once more; the chat has grown, and where the model cannot hold it the first revision stands."""
        item, draft = drafted.item, drafted.draft
        try:
            answered = await ask(again)
        except RequestFailed as failed:
            log.info("no corrective turn: %s", failed)
            return revision
        return task_for(item.kind).correct(
            item, draft, revision, answered.answer, again, answered.seconds, self._host, self._parts.settings
        )
