"""The stage that reads a source's bytes and splits them into passages."""

from __future__ import annotations

import asyncio
from typing import ClassVar

import orjson

from streams import topics
from streams.blobs import BlobStore
from streams.intake.documents import DocumentRefused, DocumentSettings, read_document
from streams.intake.documents.settings import DEFAULT_SETTINGS
from streams.intake.source_stage import SourceStage
from streams.outcomes import Dead, Done, Outcome
from streams.payloads import SourceRegistered, SourceSplit
from streams.sources import Sources, SplitRecord
from streams.topics import Topic
from streams.wanted import resolved


class SplitStage(SourceStage):
    """`source registered` -> passages in the blob store -> `source split`. A file that cannot be read is dead, with
    the reason."""

    group: ClassVar[str] = "intake"
    reads: ClassVar[Topic] = topics.SOURCES

    def __init__(self, sources: Sources, blobs: BlobStore, documents: DocumentSettings = DEFAULT_SETTINGS) -> None:
        """`documents` bounds what is read of a file."""
        super().__init__(sources, blobs)
        self._documents = documents

    async def work(self, registered: SourceRegistered) -> Outcome:
        """Split a source into passages."""
        source = registered.source
        try:
            record = await self._sources.split(source.version) or await self._read(registered)
        except DocumentRefused as refused:
            return Dead(refused.reason, str(refused))
        split = SourceSplit(
            source=source,
            document=record.blob,
            language=record.language,
            passages=record.passages,
            wanted=resolved(registered.wanted, record.language),
        )
        return Done((topics.PASSAGES.event(split, key=source.version, subject=source.version, source="intake"),))

    async def _read(self, registered: SourceRegistered) -> SplitRecord:
        """Split a source that was not split yet; raises DocumentRefused."""
        content = await self._blobs.get(registered.blob)
        media_type = registered.source.media_type
        document = await asyncio.to_thread(read_document, content, media_type, registered.language, self._documents)
        address = await self._blobs.put(orjson.dumps(document.model_dump(mode="json")))
        return await self._sources.record_split(registered.source.version, address, document)
