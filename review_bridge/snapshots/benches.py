"""The bench versions whose overlap is kept out of datasets; the newest counts."""

from __future__ import annotations

from pydantic import ValidationError
from pymongo import DESCENDING, WriteConcern
from pymongo.asynchronous.database import AsyncDatabase

from generation.overlap import Index
from review_bridge.errors import OverlapUnreadable
from review_bridge.fill import Document
from review_bridge.snapshots.records import OVERLAPS, Bench
from streams.blobs import BlobStore
from streams.model_payloads import BenchVersioned


class Benches:
    """What `bench versioned` events have told of."""

    def __init__(self, database: AsyncDatabase[Document], blobs: BlobStore) -> None:
        self._overlaps = database.get_collection(OVERLAPS, write_concern=WriteConcern("majority", j=True))
        self._blobs = blobs

    async def note(self, versioned: BenchVersioned, told: str) -> None:
        """Note a bench version; `told` is the time of its event, by which the newest is found whatever comes first.

        Raises OverlapUnreadable where its index is none, so that no snapshot is made with it.
        """
        await self._index(versioned.bench, versioned.overlap)
        await self._overlaps.update_one(
            {"_id": versioned.bench},
            {"$set": {"overlap": versioned.overlap, "items": versioned.items}, "$max": {"told": told}},
            upsert=True,
        )

    async def newest(self) -> Bench | None:
        """Return the bench version that was told of last, None where none was."""
        newest = [("told", DESCENDING), ("_id", DESCENDING)]
        found = await self._overlaps.find_one({}, sort=newest)
        if found is None:
            return None
        return Bench(
            digest=found["_id"], overlap=found["overlap"], index=await self._index(found["_id"], found["overlap"])
        )

    async def _index(self, bench: str, address: str) -> Index:
        content = await self._blobs.get(address)
        try:
            return Index.model_validate_json(content)
        except ValidationError as error:
            raise OverlapUnreadable(bench, address) from error
