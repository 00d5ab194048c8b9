"""The stage that reads a source's bytes and splits them into passages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import ClassVar

import orjson

from streams import topics
from streams.blobs import BlobStore
from streams.delivery import Delivery
from streams.errors import BlobDamaged, BlobMissing, EventInvalid, EventTooLarge
from streams.intake.documents import DocumentRefused, DocumentSettings, read_document
from streams.intake.documents.settings import DEFAULT_SETTINGS
from streams.outcomes import Dead, Done, Outcome
from streams.payloads import SourceRegistered, SourceSplit
from streams.sources import Sources, SplitRecord


class SplitStage:
    """`source registered` -> passages in the blob store -> `source split`. A file that cannot be read is dead, with
    the reason."""

    group: ClassVar[str] = "intake"
    topics: ClassVar[tuple[str, ...]] = (topics.SOURCES.name,)
    in_flight = 8
    batch = 1
    calls = 2

    def __init__(self, sources: Sources, blobs: BlobStore, documents: DocumentSettings = DEFAULT_SETTINGS) -> None:
        """`documents` bounds what is read of a file."""
        self._sources = sources
        self._blobs = blobs
        self._documents = documents

    async def handle(self, deliveries: Sequence[Delivery]) -> AsyncIterator[tuple[Delivery, Outcome]]:
        """Split each source."""
        for one in deliveries:
            try:
                yield one, await self._split(topics.SOURCES.read(one.event))
            except EventInvalid as error:
                yield one, Dead("not-an-event", str(error))
            except EventTooLarge as error:
                yield one, Dead("too-large", str(error))
            except (BlobMissing, BlobDamaged) as error:
                yield one, Dead("blob", str(error))

    async def _split(self, registered: SourceRegistered) -> Outcome:
        source = registered.source
        if await self._sources.withdrawn([source.id]):
            return Done()
        try:
            record = await self._sources.split(source.version) or await self._read(registered)
        except DocumentRefused as refused:
            return Dead(refused.reason, str(refused))
        if await self._sources.withdrawn([source.id]):
            return Done()
        split = SourceSplit(
            source=source,
            document=record.blob,
            language=record.language,
            passages=record.passages,
            wanted=registered.wanted,
        )
        return Done((topics.PASSAGES.event(split, key=source.version, subject=source.version, source="intake"),))

    async def _read(self, registered: SourceRegistered) -> SplitRecord:
        """Split a source that was not split yet; raises DocumentRefused."""
        content = await self._blobs.get(registered.blob)
        media_type = registered.source.media_type
        document = await asyncio.to_thread(read_document, content, media_type, registered.language, self._documents)
        address = await self._blobs.put(orjson.dumps(document.model_dump(mode="json")))
        return await self._sources.record_split(registered.source.version, address, document)
