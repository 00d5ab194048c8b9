"""The read stage: `source split` -> `source read`, with the source's specialty and condition."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from actors.engines.errors import RequestFailed
from actors.stages.asking import Ask
from actors.stages.base import GenerationStage, Work
from generation.reading import Vocabulary, make_reading, read_request, unread
from generation.requests import ModelRequest
from generation.sources import Document
from streams import topics
from streams.events import Event
from streams.payloads import SourceRead, SourceSplit


class ReadStage(GenerationStage[SourceSplit]):
    """Asks where in the field a source belongs. A plan does without an answer: a request that no engine can answer
    costs the source its reading, not its items."""

    group: ClassVar[str] = "read"
    topics: ClassVar[tuple[str, ...]] = (topics.PASSAGES.name,)

    def read(self, event: Event) -> Work[SourceSplit]:
        """Read a split source."""
        split: SourceSplit = topics.PASSAGES.read(event)
        return Work(split.source.version, split.source.id, 0, split)

    async def work(self, work: Work[SourceSplit], ask: Ask) -> Event:
        """Ask for a reading and tell it, or why there is none."""
        split, vocabulary = work.payload, self._parts.vocabulary
        content = await self._parts.blobs.get(split.document)
        few_shot = self._parts.settings.few_shot
        request = await asyncio.to_thread(_request, split, content, vocabulary, few_shot, work.round)
        try:
            answered = await ask(request)
        except RequestFailed as failed:
            reading = unread(vocabulary, failed.reason)
        else:
            reading = make_reading(vocabulary, split.language, request, answered.answer, answered.seconds, self._host)
        return self._event(work, SourceRead(split=split, reading=reading), str(work.round))

    def told(self, work: Work[SourceSplit], result: Event) -> Event:
        """Return the stored reading with the split that came: more may be wanted of a source that was read before."""
        read: SourceRead = topics.READINGS.read(result)
        if read.split == work.payload:
            return result
        pairs = ",".join(f"{one.kind}:{one.language}" for one in work.payload.wanted)
        return self._event(work, read.model_copy(update={"split": work.payload}), f"{work.round}|{pairs}")

    def _event(self, work: Work[SourceSplit], read: SourceRead, detail: str) -> Event:
        return topics.READINGS.event(read, key=work.subject, subject=work.subject, source=self.group, detail=detail)


def _request(split: SourceSplit, content: bytes, vocabulary: Vocabulary, few_shot: int, round_: int) -> ModelRequest:
    """Make the request from a document's blob; on a thread, as a book's has many megabytes."""
    return read_request(split.source, Document.model_validate_json(content), vocabulary, few_shot, round_)
