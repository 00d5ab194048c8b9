"""Event facts: one document an event, named by the event's id, so that a second insert is nothing.

Collection `trend_facts`: `_id` (the event's id), `type` (`sample.decided`), `topic`, `subject`, `time` (as the event
says it), `at` (the same as a date), and the few fields that counts need. No text of a source, a model or a person
lies in it, and no name of a reviewer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pymongo import ASCENDING, WriteConcern
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import BulkWriteError

COLLECTION = "trend_facts"
DUPLICATE_KEY = 11000
UNREADABLE = "unreadable"
"""Type of the fact that a record gives which is no event of its topic."""

Fact = Mapping[str, Any]


class Facts:
    """Owner of the collection."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]]) -> None:
        self.documents: AsyncCollection[dict[str, Any]] = database.get_collection(
            COLLECTION, write_concern=WriteConcern("majority", j=True)
        )

    async def prepare(self) -> None:
        """Create the indexes."""
        await self.documents.create_index([("type", ASCENDING), ("at", ASCENDING)])
        await self.documents.create_index([("at", ASCENDING), ("type", ASCENDING)])
        await self.documents.create_index([("item", ASCENDING), ("type", ASCENDING)])

    async def insert(self, facts: Sequence[Fact]) -> int:
        """Insert facts that are not there yet; returns how many were new.

        Raises what the store raises, unless all that is wrong is that facts were there already.
        """
        if not facts:
            return 0
        try:
            done = await self.documents.insert_many([dict(one) for one in facts], ordered=False)
        except BulkWriteError as error:
            details = error.details or {}
            others = [one for one in details.get("writeErrors", ()) if one.get("code") != DUPLICATE_KEY]
            if others or details.get("writeConcernErrors"):
                raise
            return int(details.get("nInserted", 0))
        return len(done.inserted_ids)
