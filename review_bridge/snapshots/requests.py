"""Requests for a dataset: a command's document with its event inside, and the first result that became durable."""

from __future__ import annotations

import contextlib
from uuid import uuid4

from pymongo import WriteConcern
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from review_bridge.fill import Document, Position
from review_bridge.snapshots.records import REQUESTS, Result
from streams import topics
from streams.model_payloads import PLAIN_DATASET, SnapshotMade, SnapshotRequested
from streams.outbox import index_unsent, unsent


class SnapshotRequests:
    """Who asked for a dataset, and what came of it."""

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self._requests = database.get_collection(REQUESTS, write_concern=WriteConcern("majority", j=True))

    @property
    def documents(self) -> AsyncCollection[Document]:
        """The collection, for whoever sends what is marked `unsent` and clears the mark."""
        return self._requests

    async def prepare(self) -> None:
        """Create the index."""
        await index_unsent(self._requests)

    async def ask(self, requested: SnapshotRequested, teller: str) -> None:
        """Write a request with its unsent event, insert if absent; `teller` is the role that asks."""
        event = topics.SNAPSHOT_REQUESTS.event(
            requested, key=requested.request, subject=requested.request, source=teller
        )
        with contextlib.suppress(DuplicateKeyError):
            await self._requests.insert_one({**_body(requested), **unsent(event)})

    async def result(self, request: str) -> Result | None:
        """Return what a request came to, None while it has no result."""
        found = await self._requests.find_one({"_id": request}, {"result": 1})
        return Result.model_validate(found["result"]) if found and "result" in found else None

    async def record(self, requested: SnapshotRequested, result: Result) -> Result:
        """Note what a request came to, set if absent; returns the result that won."""
        body = _body(requested)
        # Where it is there with a result, the insert that `upsert` tries instead finds its id taken.
        with contextlib.suppress(DuplicateKeyError):
            await self._requests.update_one(
                {"_id": body.pop("_id"), "result": {"$exists": False}},
                {"$set": {"result": result.model_dump(mode="json")}, "$setOnInsert": {**body, "unsent": False}},
                upsert=True,
            )
        return await self.result(requested.request) or result

    async def open(self) -> list[Document]:
        """Return the documents of requests that were sent and have no result yet."""
        wanted = {"unsent": False, "result": {"$exists": False}, "event": {"$exists": True}}
        return [one async for one in self._requests.find(wanted)]

    async def to_train(self, limit: int) -> list[SnapshotMade]:
        """Return the newest datasets that were made to be trained on, of each request."""
        wanted = {"_id": {"$not": {"$regex": f"^{PLAIN_DATASET}"}}, "result": {"$exists": True}}
        found = await self._requests.find(wanted, {"result": 1}).sort("result.at", -1).limit(limit).to_list()
        return [Result.model_validate(one["result"]).made for one in found]

    async def moved(self, request: str, at: Position) -> None:
        """Note where the event of a request lies now."""
        await self._requests.update_one({"_id": request}, {"$set": {"sent": [*at]}})


def new_request(why: str, who: str, accepted: int, *, simulated: bool) -> SnapshotRequested:
    """Return a request of a person: each is one of its own, so that asking again looks again."""
    request = f"{PLAIN_DATASET}{uuid4()}"
    return SnapshotRequested(request=request, why=why, accepted=accepted, who=who, simulated=simulated)


def _body(requested: SnapshotRequested) -> Document:
    return {"_id": requested.request, **requested.model_dump(mode="json", exclude={"request"})}
