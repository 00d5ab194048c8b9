"""Freezes datasets: immutable, named by the digest of their rows. Owns `snapshots`, `snapshot_requests`, `overlaps`.

Order of writes: the blobs, then the request's result (set if absent: the first durable one wins), then the snapshot's
document, then the tombstones are read once more. A process that dies in between leaves a request whose event comes
again; what is there by then is found.
"""

from __future__ import annotations

import asyncio
import re

from pymongo import DESCENDING, WriteConcern
from pymongo.asynchronous.database import AsyncDatabase

from generation.dataset import SnapshotRow, manifest_of, rows_of
from generation.sources import Split
from review_bridge.errors import NoSnapshot, SnapshotUnknown
from review_bridge.fill import Document
from review_bridge.snapshots.benches import Benches
from review_bridge.snapshots.card import Card, Cleaning, card_of
from review_bridge.snapshots.collecting import cleaned, collect, mark_phantoms
from review_bridge.snapshots.records import (
    SNAPSHOTS,
    Bench,
    Result,
    Snapshot,
    result_entry,
    snapshot_document,
    snapshot_of,
)
from review_bridge.snapshots.releasing import tell_released
from review_bridge.snapshots.requests import SnapshotRequests, new_request
from review_bridge.snapshots.settings import DatasetSettings
from review_bridge.store import SampleStore
from streams.blobs import BlobStore
from streams.events import now
from streams.model_payloads import SnapshotMade, SnapshotRequested
from streams.sources import Sources


class Snapshots:
    """Datasets that are frozen, and how another is."""

    def __init__(
        self,
        database: AsyncDatabase[Document],
        blobs: BlobStore,
        store: SampleStore,
        sources: Sources,
        settings: DatasetSettings | None = None,
    ) -> None:
        self._snapshots = database.get_collection(SNAPSHOTS, write_concern=WriteConcern("majority", j=True))
        self.requests = SnapshotRequests(database)
        self.benches = Benches(database, blobs)
        self._blobs = blobs
        self._store = store
        self._sources = sources
        self._settings = settings or DatasetSettings()

    async def prepare(self) -> None:
        """Create the indexes."""
        await self.requests.prepare()
        await self._snapshots.create_index("names")
        await self._snapshots.create_index([("made_at", DESCENDING)])

    async def request(
        self, why: str, who: str, *, simulated: bool, accepted: int | None = None, teller: str = "front-door"
    ) -> SnapshotRequested:
        """Ask for a dataset (a command: the document with its unsent event). `accepted` None counts the accepted and
        edited samples of split `train` there are."""
        counted = await self._store.usable(Split.TRAIN) if accepted is None else accepted
        requested = new_request(why, who, counted, simulated=simulated)
        await self.requests.ask(requested, teller)
        return requested

    async def make(self, requested: SnapshotRequested) -> SnapshotMade:
        """Freeze what is accepted by now, or return what this request came to before; zero samples are a result too.

        Raises BlobMissing, BlobDamaged, OverlapUnreadable or SourceUnregistered where it cannot be made.
        """
        result = await self.requests.result(requested.request)
        if result is None:
            made = await self._freeze(requested)
            result = await self.requests.record(requested, Result(made=made, at=now()))
        await self._record(result)
        return result.made

    async def _freeze(self, requested: SnapshotRequested) -> SnapshotMade:
        bench = await self.benches.newest()
        found = await collect(self._store, self._sources.withdrawn, simulated=requested.simulated)
        index = bench.index if bench else None
        clean = await asyncio.to_thread(cleaned, found, index, self._settings.duplicate)
        chosen = await mark_phantoms(clean.candidates, self._sources, self._blobs)
        manifest = await asyncio.to_thread(manifest_of, [one.row for one in chosen])
        digest = await self._blobs.put(manifest)
        card = card_of(digest, requested, chosen, clean.left_out, self._cleaning(bench))
        await tell_released(self._store, digest, [one.row.id for one in chosen])
        return SnapshotMade(
            snapshot=digest,
            request=requested.request,
            card=await self._blobs.put(card.content()),
            samples=card.samples,
            # By what is in it and not by what was asked: one name, one mark.
            simulated=card.simulated > 0,
        )

    def _cleaning(self, bench: Bench | None) -> Cleaning:
        return Cleaning(
            duplicate=self._settings.duplicate,
            bench=bench.digest if bench else None,
            overlap=bench.overlap if bench else None,
        )

    async def _record(self, result: Result) -> None:
        """Write the snapshot's document, insert if absent, then look for what was withdrawn meanwhile."""
        card = await self.card_at(result.made.card)
        document = snapshot_document(card, result)
        await self._snapshots.update_one(
            {"_id": document.pop("_id")},
            {"$setOnInsert": document, "$addToSet": {"results": result_entry(result)}},
            upsert=True,
        )
        for source in sorted(await self._sources.withdrawn(document["names"])):
            await self.mark_withdrawn(source)

    async def mark_withdrawn(self, source: str) -> int:
        """Mark the snapshots that hold a source id (or version) whose tombstone is there; returns how many hold it.

        As with samples (`review_bridge.withdrawal`), a snapshot's document is written before the tombstones are read,
        and a tombstone before this looks for snapshots: whoever comes second sees the other.
        """
        done = await self._snapshots.update_many({"names": source}, {"$addToSet": {"withdrawn": source}})
        return done.matched_count

    async def get(self, name: str) -> Snapshot:
        """Return a snapshot by its digest, or by a beginning that no other has; raises SnapshotUnknown."""
        found = await self._snapshots.find({"_id": {"$regex": f"^{re.escape(name)}"}}).limit(2).to_list()
        if len(found) != 1 or not name:
            raise SnapshotUnknown(name, len(found))
        return snapshot_of(found[0])

    async def find(self, digest: str) -> Snapshot | None:
        """Return the snapshot of a digest, None where there is none."""
        found = await self._snapshots.find_one({"_id": digest})
        return snapshot_of(found) if found else None

    async def newest(self) -> Snapshot:
        """Return the snapshot that was made last; raises NoSnapshot."""
        found = await self.list(limit=1)
        if not found:
            raise NoSnapshot
        return found[0]

    async def list(self, limit: int = 100) -> tuple[Snapshot, ...]:
        """Return at most `limit` snapshots, the newest first."""
        found = self._snapshots.find({}).sort([("made_at", DESCENDING), ("_id", DESCENDING)]).limit(limit)
        return tuple([snapshot_of(one) async for one in found])

    async def card(self, snapshot: Snapshot) -> Card:
        """Return the card of the last request that gave a snapshot; raises BlobMissing or BlobDamaged."""
        return await self.card_at(snapshot.card)

    async def rows(self, snapshot: Snapshot) -> tuple[SnapshotRow, ...]:
        """Return the rows of a snapshot, withdrawn ones too; raises BlobMissing, BlobDamaged or ManifestInvalid."""
        manifest = await self._blobs.get(snapshot.digest)
        return await asyncio.to_thread(rows_of, manifest)

    async def holding(self, item_id: str, source: str) -> tuple[Snapshot, ...]:
        """Return the snapshots that a sample of a source version is in, the oldest first."""
        found = self._snapshots.find({"names": source}).sort("made_at")
        near = [snapshot_of(one) async for one in found]
        return tuple([one for one in near if any(row.id == item_id for row in await self.rows(one))])

    async def card_at(self, address: str) -> Card:
        """Return the card under an address: each request for a dataset has one of its own."""
        return Card.model_validate_json(await self._blobs.get(address))
