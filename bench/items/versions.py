"""Owner of the versions of SpineBench (collections `bench_versions`, `bench_items`)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from pymongo import UpdateOne
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from bench.errors import NoBench
from bench.items.item import BenchItem
from bench.items.version import BenchVersion, canonical, counted, overlap_of, read_items
from streams import topics
from streams.blobs import BlobStore
from streams.events import now
from streams.model_payloads import BenchVersioned
from streams.outbox import Outbox, index_unsent, unsent
from streams.sources import Sources

_DIGITS = re.compile("[0-9a-f]{4,64}")


class Versions:
    """Makes versions, and gives their items back."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]], blobs: BlobStore, sources: Sources) -> None:
        self.documents = database["bench_versions"]
        self._items = database["bench_items"]
        self._blobs = blobs
        self._sources = sources

    async def prepare(self) -> None:
        """Create the indexes."""
        await index_unsent(self.documents)
        await self.documents.create_index("at")
        for field in ("versions", "case", "source"):
            await self._items.create_index(field)

    async def make(
        self, items: Sequence[BenchItem], why: str, outbox: Outbox | None, images: Mapping[str, bytes] | None = None
    ) -> BenchVersion:
        """Keep a version of these items (a command) and tell of it; the same items again are the version that is there.

        Without an outbox the event stays unsent. Raises ItemInvalid for no item, or two of one id.
        """
        for image in (images or {}).values():
            await self._blobs.put(image)
        content = canonical(items)
        kept = read_items(content)
        bench = await self._blobs.put(content)
        overlap = await self._blobs.put(orjson.dumps(overlap_of(kept).model_dump(mode="json")))
        made = BenchVersion(
            bench=bench,
            items=len(kept),
            cases=len({item.case for item in kept}),
            counts=counted(kept),
            twins=sum(bool(item.twin) for item in kept) // 2,
            phantom=sum(item.phantom for item in kept),
            overlap=overlap,
            why=why,
            at=now(),
        )
        await self._keep(kept, bench)
        return await self._tell(made, outbox)

    async def _keep(self, items: Sequence[BenchItem], bench: str) -> None:
        """Note which versions hold an item; its text lies in the version's blob alone."""
        kept = {"kind", "axis", "language", "level", "condition", "case", "source", "origin", "template", "phantom"}
        writes = [
            UpdateOne(
                {"_id": item.id},
                {"$setOnInsert": item.model_dump(mode="json", include=kept), "$addToSet": {"versions": bench}},
                upsert=True,
            )
            for item in items
        ]
        await self._items.bulk_write(writes, ordered=False)

    async def _tell(self, made: BenchVersion, outbox: Outbox | None) -> BenchVersion:
        payload = BenchVersioned(bench=made.bench, items=made.items, overlap=made.overlap)
        event = topics.BENCHES.event(payload, key=made.bench, subject=made.bench, source="bench")
        document = {"_id": made.bench, **made.model_dump(mode="json"), **unsent(event)}
        try:
            await self.documents.insert_one(document)
        except DuplicateKeyError:
            return await self.find(made.bench)
        if outbox is not None:
            await outbox.send(self.documents, document)
        return made

    async def newest(self) -> BenchVersion | None:
        """Return the version that was made last, None where there is none."""
        found = await self.documents.find_one({}, sort=[("at", -1), ("_id", -1)])
        return _read(found) if found else None

    async def find(self, bench: str) -> BenchVersion:
        """Return a version by its digest or the first digits of it; raises NoBench."""
        if not _DIGITS.fullmatch(bench):
            raise NoBench(f"a version is named by its sha256 or four or more digits of it, not {bench[:70]!r}")
        found = [one async for one in self.documents.find({"_id": {"$regex": f"^{bench}"}}).limit(2)]
        if len(found) != 1:
            raise NoBench(f"{len(found) or 'no'} versions of SpineBench begin with {bench}: see `bench items`")
        return _read(found[0])

    async def listed(self) -> list[BenchVersion]:
        """Return every version, the newest first."""
        return [_read(one) async for one in self.documents.find({}).sort([("at", -1), ("_id", -1)])]

    async def items(self, bench: str) -> tuple[BenchItem, ...]:
        """Return the items of a version but those of sources that were withdrawn since; raises NoBench, BlobMissing."""
        found = await self.find(bench)
        items = read_items(await self._blobs.get(found.bench))
        gone = await self._sources.withdrawn({item.source for item in items if item.source})
        return tuple(item for item in items if item.source not in gone)


def _read(document: Mapping[str, Any]) -> BenchVersion:
    return BenchVersion.model_validate({name: document[name] for name in BenchVersion.model_fields})
