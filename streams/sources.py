"""The register of source versions, their plans and their tombstones (collections `sources`, `plans`, `tombstones`)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from generation.ids import plan_id
from generation.items import Plan
from generation.readings import Reading
from generation.sources import Document, Language, SourceRef
from streams import topics
from streams.blobs import BlobStore
from streams.crash import CrashPoint, crash_point
from streams.events import now
from streams.outbox import Outbox, index_unsent, unsent
from streams.payloads import PlanMade, SourceRegistered, SourceWithdrawn, Wanted
from streams.telemetry import tracing
from streams.wanted import beyond, wanted_of


@dataclass(frozen=True, slots=True)
class SplitRecord:
    """Where the text of a source lies, as the split that won has it."""

    blob: str
    passages: int
    language: Language


@dataclass(frozen=True, slots=True)
class PlanRecord:
    """Where the plan that won lies."""

    id: str
    blob: str
    items: int


class Sources:
    """Owner of what is known of sources."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]], blobs: BlobStore) -> None:
        self.documents = database["sources"]
        self.plans = database["plans"]
        self.tombstones = database["tombstones"]
        self._blobs = blobs

    async def prepare(self) -> None:
        """Create the indexes."""
        await self.documents.create_index("id")
        await self.plans.create_index("source_version")
        await index_unsent(self.documents)
        await index_unsent(self.tombstones)

    async def register(
        self,
        source: SourceRef,
        content: bytes,
        name: str,
        wanted: Sequence[Wanted],
        outbox: Outbox | None,
        language: Language | None = None,
    ) -> bool:
        """Take a source version in (a command); returns False when it is known already. Without an outbox it stays
        unsent. Its trace begins here."""
        with tracing.source(_attributes(source.version)) as traceparent:
            blob = await self._blobs.put(content)
            crash_point(CrashPoint.AFTER_BLOB)
            payload = SourceRegistered(
                source=source, name=name, blob=blob, size=len(content), language=language, wanted=tuple(wanted)
            )
            event = topics.SOURCES.event(payload, key=source.version, subject=source.version, source="front-door")
            body = payload.model_dump(mode="json")
            flat = source.model_dump(mode="json", exclude={"version"})
            command = unsent(event.within(traceparent))
            document = {"_id": source.version, **flat, **body, "registered_at": now(), **command}
            try:
                await self.documents.insert_one(document)
                new = True
            except DuplicateKeyError:
                new = False
            await self._supersede(source.id)
            if new and outbox is not None:
                await outbox.send(self.documents, document)
            return new

    async def ask(self, version: str, wanted: Sequence[Wanted], outbox: Outbox | None) -> tuple[Wanted, ...]:
        """Ask for more of a known source version (a command); returns the pairs that were not wanted of it before.

        Plans that are there stay as they are. The event names only the new pairs where all that was wanted before is
        in the store, so that nothing old is told again; else it names all, since it takes the place of the one before.
        """
        while True:
            known = await self.documents.find_one({"_id": version})
            more = beyond(known, wanted) if known else ()
            if known is None or not more:
                return ()
            every = (*wanted_of(known), *more)
            told = more if known.get("complete") else every
            payload = SourceRegistered.model_validate(known).model_copy(update={"wanted": told})
            pairs = ",".join(f"{one.kind}:{one.language or ''}" for one in every)
            event = topics.SOURCES.event(payload, key=version, subject=version, source="front-door", detail=pairs)
            # What is asked for later has a trace of its own.
            with tracing.source(_attributes(version)) as traceparent:
                command = unsent(event.within(traceparent))
                document = {"wanted": [one.model_dump(mode="json") for one in every], **command}
                # Only where nobody else asked meanwhile: what two commands ask for adds up.
                done = await self.documents.update_one(
                    {"_id": version, "wanted": known["wanted"], "complete": known.get("complete")},
                    {"$set": document, "$unset": {"complete": "", "sent": ""}},
                )
                if done.modified_count:
                    if outbox is not None:
                        await outbox.send(self.documents, {"_id": version, **document})
                    return more

    async def mark_complete(self, document: Mapping[str, Any]) -> None:
        """Note that the store holds every item of a source's plans; not where more was asked for since it was read."""
        await self.documents.update_one(
            {"_id": document["_id"], "wanted": document["wanted"]}, {"$set": {"complete": True}}
        )

    async def _supersede(self, source_id: str) -> None:
        """Mark every version of an id but the one that came last; safe to repeat, and whoever looks last sees all."""
        found = self.documents.find({"id": source_id}, {"_id": 1}).sort([("registered_at", 1), ("_id", 1)])
        versions = [one["_id"] async for one in found]
        if len(versions) > 1:
            await self.documents.update_many({"_id": {"$in": versions[:-1]}}, {"$set": {"superseded_by": versions[-1]}})

    async def record_split(self, version: str, address: str, document: Document) -> SplitRecord:
        """Note where a source's text lies, set if absent; returns the split that won."""
        mine = SplitRecord(address, len(document.passages), document.language)
        found = {"document": address, "passages": mine.passages, "language": mine.language.value, "at": now()}
        await self.documents.update_one(
            {"_id": version, "split_into": {"$exists": False}}, {"$set": {"split_into": found}}
        )
        return await self.split(version) or mine

    async def split(self, version: str) -> SplitRecord | None:
        """Return where a source's text lies, None when it is not split yet."""
        found = await self.documents.find_one({"_id": version}, {"split_into": 1})
        if found is None or "split_into" not in found:
            return None
        into = found["split_into"]
        return SplitRecord(into["document"], into["passages"], Language(into["language"]))

    async def record_reading(self, version: str, reading: Reading) -> Reading:
        """Note what was read of a source, set if absent; returns the reading that won."""
        found = reading.model_dump(mode="json")
        await self.documents.update_one({"_id": version, "reading": {"$exists": False}}, {"$set": {"reading": found}})
        stored = await self.documents.find_one({"_id": version}, {"reading": 1})
        return Reading.model_validate(stored["reading"]) if stored and "reading" in stored else reading

    async def record_plan(self, source: SourceRef, made: PlanMade, plan_version: str, blob: str) -> PlanRecord:
        """Insert a plan if absent; returns the plan that won."""
        document = {
            "_id": made.id,
            "source_id": source.id,
            "source_version": source.version,
            "kind": made.kind.value,
            "language": made.language.value,
            "plan_version": plan_version,
            "items": made.items,
            "blob": blob,
            "at": now(),
        }
        try:
            await self.plans.insert_one(document)
        except DuplicateKeyError:
            found = await self.plan(made.id)
            if found is None:
                raise
            return found
        return PlanRecord(made.id, blob, made.items)

    async def plan(self, plan: str) -> PlanRecord | None:
        """Return a plan's record, None when it is not made yet."""
        found = await self.plans.find_one({"_id": plan})
        return PlanRecord(found["_id"], found["blob"], found["items"]) if found else None

    async def item_ids(self, plan: PlanRecord) -> list[str]:
        """Return the ids of the items that a plan names."""
        return [item.id for item in Plan.model_validate_json(await self._blobs.get(plan.blob)).items]

    async def get(self, version: str) -> dict[str, Any] | None:
        """Return what is known of a source version."""
        return await self.documents.find_one({"_id": version}, {"event": 0})

    async def latest(self, source_id: str) -> dict[str, Any] | None:
        """Return the version of a source id that came last."""
        newest = [("registered_at", -1), ("_id", -1)]
        return await self.documents.find_one({"id": source_id}, {"event": 0}, sort=newest)

    async def known(self, versions: Collection[str] | None = None) -> list[dict[str, Any]]:
        """Return the known versions in the order they came in (all, or those named)."""
        wanted: Mapping[str, Any] = {} if versions is None else {"_id": {"$in": list(versions)}}
        return [one async for one in self.documents.find(wanted, {"event": 0}).sort("registered_at", 1)]

    async def with_plans(self, plan_version: str) -> AsyncIterator[tuple[dict[str, Any], list[PlanRecord | None]]]:
        """Yield every version that is neither withdrawn nor complete, with the plans it should have (None: not made
        yet)."""
        gone = {one["_id"] async for one in self.tombstones.find({}, {"_id": 1})}
        async for one in self.documents.find({"id": {"$nin": sorted(gone)}, "complete": {"$ne": True}}):
            wanted = wanted_of(one)
            ids = [plan_id(one["_id"], plan_version, w.kind, w.language) for w in wanted if w.language]
            made = {plan["_id"]: plan async for plan in self.plans.find({"_id": {"$in": ids}})}
            records = [PlanRecord(i, made[i]["blob"], made[i]["items"]) if i in made else None for i in ids]
            yield one, records + [None] * (len(wanted) - len(ids))

    async def withdraw(self, source_id: str, who: str, why: str, outbox: Outbox | None) -> bool:
        """Write the tombstone of a source id (a command); returns False when it is withdrawn already."""
        payload = SourceWithdrawn(source_id=source_id, who=who, when=now(), why=why)
        event = topics.WITHDRAWALS.event(payload, key=source_id, subject=source_id, source="front-door")
        document = {"_id": source_id, **payload.model_dump(mode="json"), **unsent(event)}
        try:
            await self.tombstones.insert_one(document)
        except DuplicateKeyError:
            return False
        if outbox is not None:
            await outbox.send(self.tombstones, document)
        return True

    async def withdrawn(self, source_ids: Collection[str]) -> set[str]:
        """Return those of the ids that have a tombstone."""
        found = self.tombstones.find({"_id": {"$in": list(source_ids)}}, {"_id": 1})
        return {one["_id"] async for one in found}


def _attributes(version: str) -> dict[str, str]:
    return {"spinestream.subject": version}
