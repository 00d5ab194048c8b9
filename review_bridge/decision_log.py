"""The append-only log of decisions; each document carries the event that tells of it, marked unsent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pymongo import DESCENDING, WriteConcern
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from generation.samples import Decision
from review_bridge.errors import DecisionConflict
from review_bridge.fill import Document
from review_bridge.parts import document
from review_bridge.schema import DECISIONS


class DecisionLog:
    """Decisions by item and seq; which of two people decided first is which insert came first."""

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self._decisions = database.get_collection(DECISIONS, write_concern=WriteConcern("majority", j=True))

    @property
    def documents(self) -> AsyncCollection[Document]:
        """The collection, for whoever sends what is marked `unsent` and clears the mark."""
        return self._decisions

    async def append(self, decision: Decision, event: Mapping[str, Any]) -> None:
        """Insert a decision with its unsent event in one write; raises `DecisionConflict` if its seq is taken."""
        stored = document(decision)
        stored |= {"_id": stored.pop("id"), "event": dict(event), "unsent": True}
        try:
            await self._decisions.insert_one(stored)
        except DuplicateKeyError as error:
            raise DecisionConflict(decision.item, decision.seq) from error

    async def get(self, item_id: str, seq: int) -> Decision | None:
        """Return one decision."""
        found = await self._decisions.find_one({"_id": decision_id(item_id, seq)})
        return _read(found) if found else None

    async def latest_of(self, who: str, limit: int) -> tuple[Decision, ...]:
        """Return the latest decisions of a person, the newest first."""
        found = self._decisions.find({"who": who}).sort("when", DESCENDING).limit(limit)
        return tuple([_read(one) async for one in found])


def _read(stored: Document) -> Decision:
    return Decision.model_validate({"id": stored["_id"], **stored})


def decision_id(item_id: str, seq: int) -> str:
    """Return the id of the seq-th decision on an item."""
    return f"{item_id}:{seq}"
