"""The sample store: parts are merged in, samples are read out. MongoDB 6.0 or later."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from pymongo import UpdateOne, WriteConcern
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import BulkWriteError

from generation.samples import State
from generation.sources import Split
from review_bridge import schema, straight
from review_bridge.counts import OPEN, KindCounts, SampleCounts, count, count_kinds
from review_bridge.decision_log import DecisionLog
from review_bridge.errors import MergeFailed
from review_bridge.fill import Document, Fill, Position, SourceKey
from review_bridge.parts import DraftedPart, Part, RevisedPart
from review_bridge.pipeline import pipeline
from review_bridge.sample import Sample, sample_of, utc

IDS_AT_ONCE = 1_000
"""Samples that one question names by their ids, at most."""
_DUPLICATE_KEY = 11000
_RACES = 5


class Standing(NamedTuple):
    """Where a sample stands, in short."""

    state: State
    source: SourceKey | None
    created_at: datetime
    refused: tuple[str, ...]
    """`<round>:<draft digest>` of the revisions that were refused."""


class OpenSample(NamedTuple):
    """A sample that is not settled, in short."""

    id: str
    state: State
    at: Mapping[str, Sequence[Any]]
    """By `planned`, `drafted`: topic, partition and offset of the event."""


class Refusal(NamedTuple):
    """A revision that was not merged."""

    item_id: str
    revision: str
    """`<round>:<draft digest>` that it names."""
    why: str


@dataclass(frozen=True, slots=True)
class MergeResult:
    """What became of a batch of parts."""

    refused: tuple[Refusal, ...]
    standings: Mapping[str, Standing]
    """Every sample of the batch as it stood right after."""


class SampleStore:
    """Samples and decisions in one MongoDB database; every write is acknowledged by a majority and journaled."""

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self._database = database
        self._samples = database.get_collection(schema.SAMPLES, write_concern=WriteConcern("majority", j=True))
        self.decisions = DecisionLog(database)

    async def prepare(self) -> None:
        """Create collections, validators and indexes; may be repeated and run by two processes at once."""
        await schema.prepare(self._database)

    async def merge(self, parts: Sequence[Part]) -> MergeResult:
        """Merge parts of any samples, in any order, any number of times.

        A part that is there stays as it is; state and reasons follow in the same atomic write. A revision that does
        not name the draft held of its round is refused, also when it came before that draft.

        Raises `MergeFailed` when a sample's document is not acceptable; all others of the batch are written then.
        """
        if not parts:
            return MergeResult((), {})
        fills: dict[str, Fill] = {}
        for part in parts:
            part.fill(fills.setdefault(part.item_id, Fill()))
        await self._write(fills)
        standings = await self.standings(fills)
        return MergeResult(tuple(_refusals(parts, standings)), standings)

    async def _write(self, fills: Mapping[str, Fill]) -> None:
        fills = await self._take_steps(fills)
        if not fills:
            return
        pending = [UpdateOne({"_id": item}, pipeline(fill), upsert=True) for item, fill in fills.items()]
        items = [*fills]
        for last in (False,) * _RACES + (True,):
            try:
                await self._samples.bulk_write(pending, ordered=False)
            except BulkWriteError as error:
                failed = (error.details or {}).get("writeErrors", [])
                lasting = [e for e in failed if e["code"] != _DUPLICATE_KEY or last]
                if lasting or not failed:
                    raise MergeFailed(tuple(items[e["index"]] for e in lasting), _why(lasting)) from error
                # Another process inserted the same samples between this one's look and its insert: now they are there.
                pending, items = [pending[e["index"]] for e in failed], [items[e["index"]] for e in failed]
            else:
                return

    async def _take_steps(self, fills: Mapping[str, Fill]) -> Mapping[str, Fill]:
        """Write what is a step of the straight course; returns the fills that are not, or may not have been, written.

        The server counts the samples that were changed and does not name them: where one was not, all are told again,
        which changes nothing of the others.
        """
        steps = {item: one for item, fill in fills.items() if (one := straight.step(item, fill)) is not None}
        if not steps:
            return fills
        try:
            done = await self._samples.bulk_write([one.update for one in steps.values()], ordered=False)
            told: Mapping[str, Any] = done.bulk_api_result
        except BulkWriteError as error:
            told = error.details or {}
            if not told or told["writeConcernErrors"]:
                return fills
        written = {one["_id"] for one in told["upserted"]}
        changes = [item for item, one in steps.items() if not one.first]
        if told["nMatched"] == len(changes):
            written.update(changes)
        return {item: fill for item, fill in fills.items() if item not in written}

    async def note_places(self, places: Sequence[tuple[str, Position]]) -> None:
        """Note where events of samples were emitted again; a topic is named like the entry of `at` it belongs to."""
        updates = [UpdateOne({"_id": item}, {"$set": {f"at.{at[0]}": [*at]}}) for item, at in places]
        if updates:
            await self._samples.bulk_write(updates, ordered=False)

    async def standings(self, item_ids: Iterable[str]) -> dict[str, Standing]:
        """Return where the samples stand now; ids that are not there are left out."""
        wanted = {"state": 1, "source": 1, "created_at": 1, "refused": 1}
        found = self._samples.find({"_id": {"$in": [*item_ids]}}, wanted)
        return {document["_id"]: _standing(document) async for document in found}

    async def get(self, item_id: str) -> Sample | None:
        """Return a sample, None if there is none with this id."""
        document = await self._samples.find_one({"_id": item_id})
        return sample_of(document) if document else None

    async def several(self, item_ids: Collection[str]) -> dict[str, Sample]:
        """Return samples by id; ids that are not there are left out."""
        found = self._samples.find({"_id": {"$in": [*item_ids]}})
        return {document["_id"]: sample_of(document) async for document in found}

    async def lifetime(self, version: str) -> tuple[datetime, datetime] | None:
        """Return when the first sample of a source version came in and when one last changed; None without samples."""
        ends: Document = {"_id": None, "first": {"$min": "$created_at"}, "last": {"$max": "$updated_at"}}
        cursor = await self._samples.aggregate([{"$match": {"source.version": version}}, {"$group": ends}])
        async for row in cursor:
            return utc(row["first"]), utc(row["last"])
        return None

    async def traces(self, item_ids: Collection[str], limit: int) -> dict[str, str]:
        """Return {item id: `traceparent`} of those whose trace is followed, at most `limit` of them."""
        told: dict[str, str] = {}
        ids = sorted(item_ids)
        # A question that names every sample of a large dataset would be too large to be asked.
        for start in range(0, len(ids), IDS_AT_ONCE):
            if len(told) >= limit:
                break
            wanted: Document = {"_id": {"$in": ids[start : start + IDS_AT_ONCE]}, "trace": {"$exists": True}}
            found = self._samples.find(wanted, {"trace": 1}).sort("_id").limit(limit - len(told))
            told |= {document["_id"]: document["trace"] async for document in found}
        return told

    async def list(
        self, states: Collection[State] | None = None, source: str | None = None, limit: int = 100, after: str = ""
    ) -> tuple[Sample, ...]:
        """Return at most `limit` samples in the order of their ids, which begin after `after`.

        `states` None means all of them; `source` is a source id or a source version.
        """
        query: Document = {"_id": {"$gt": after}}
        if states is not None:
            query["state"] = {"$in": [state.value for state in states]}
        if source is not None:
            query |= _of_source(source)
        found = self._samples.find(query).sort("_id").limit(limit)
        return tuple([sample_of(document) async for document in found])

    async def counts(self, versions: Collection[str] | None = None) -> SampleCounts:
        """Count the samples of the source versions given; None means all samples."""
        return await count(self._samples, versions)

    async def usable(self, split: Split) -> int:
        """Count the accepted and edited samples whose source is of a split."""
        good = [State.ACCEPTED.value, State.EDITED.value]
        return await self._samples.count_documents({"state": {"$in": good}, "plan.source.split": split.value})

    async def kinds(self, versions: Collection[str] | None = None) -> dict[tuple[str, str], KindCounts]:
        """Count the samples of the source versions given by (kind, language); None means all samples."""
        return await count_kinds(self._samples, versions)

    async def held_items(self, plans: Collection[str]) -> dict[str, int]:
        """Return {plan id: how many of its items are here}; a plan without any is left out."""
        groups: Document = {"$group": {"_id": "$plan.plan", "n": {"$sum": 1}}}
        cursor = await self._samples.aggregate([{"$match": {"plan.plan": {"$in": [*plans]}}}, groups])
        return {row["_id"]: row["n"] async for row in cursor}

    async def open_page(self, after: str = "", limit: int = 1000) -> tuple[OpenSample, ...]:
        """Return at most `limit` samples that a plan names and that are not settled, in the order of their ids, which
        begin after `after`."""
        query = OPEN | {"plan": {"$exists": True}, "_id": {"$gt": after}}
        found = self._samples.find(query, {"state": 1, "at": 1}).sort("_id").limit(limit)
        return tuple([OpenSample(row["_id"], State(row["state"]), row["at"]) async for row in found])

    async def ids_of_source(self, source: str, after: str = "", limit: int = 500) -> tuple[str, ...]:
        """Return ids of samples of a source id or version, in order, beginning after `after`."""
        found = self._samples.find(_of_source(source) | {"_id": {"$gt": after}}, {"_id": 1}).sort("_id").limit(limit)
        return tuple([document["_id"] async for document in found])

    async def ids_in(self, state: State, after: str = "", limit: int = 500) -> tuple[str, ...]:
        """Return ids of samples in a state, in order, beginning after `after`."""
        found = self._samples.find({"state": state.value, "_id": {"$gt": after}}, {"_id": 1}).sort("_id").limit(limit)
        return tuple([document["_id"] async for document in found])


def _of_source(source: str) -> Document:
    return {"$or": [{"source.id": source}, {"source.version": source}]}


def _standing(document: Document) -> Standing:
    source = document.get("source")
    key = SourceKey(source["id"], source["version"]) if source else None
    return Standing(State(document["state"]), key, utc(document["created_at"]), tuple(document.get("refused", ())))


def _refusals(parts: Sequence[Part], standings: Mapping[str, Standing]) -> Iterable[Refusal]:
    told: set[tuple[str, str]] = set()
    for part in parts:
        refused = standings[part.item_id].refused if part.item_id in standings else ()
        if isinstance(part, RevisedPart):
            names = [name for name in refused if name == part.key]
        elif isinstance(part, DraftedPart):
            names = [name for name in refused if name.startswith(f"{part.draft.round}:")]
        else:
            continue
        for name in names:
            if (part.item_id, name) not in told:
                told.add((part.item_id, name))
                yield Refusal(part.item_id, name, _refusal(name))


def _refusal(name: str) -> str:
    round_, digest = name.split(":", 1)
    return f"the revision of round {round_} is of draft {digest[:12]}, not of the one held; it was not merged"


def _why(errors: Sequence[Document]) -> str:
    if not errors:
        return "the store acknowledged none of the writes"
    return f"MongoDB error {errors[0]['code']}: {errors[0].get('errmsg', 'no message')}"
