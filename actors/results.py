"""Stage results: the first durable result of (item, stage, round) wins; who loses the race emits the winner's bytes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import BulkWriteError

from streams.events import Event

DUPLICATE = 11000


def result_key(item_id: str, stage: str, round_: int) -> str:
    """Return the name of a stage result."""
    return f"{item_id}|{stage}|{round_}"


class StageResults:
    """Owner of the collection `stage_results`: the event that a stage emits, by result key."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]]) -> None:
        self._results = database["stage_results"]

    async def prepare(self) -> None:
        """Create the indexes."""
        await self._results.create_index("source_id")

    async def find(self, keys: Sequence[str]) -> list[Event | None]:
        """Return the event stored under each key, None where there is none."""
        found = {
            one["_id"]: Event.from_stored(one["event"])
            async for one in self._results.find({"_id": {"$in": list(keys)}}, {"event": 1})
        }
        return [found.get(key) for key in keys]

    async def insert_first(self, results: Sequence[tuple[str, str, Event]]) -> list[Event]:
        """Insert (key, source id, event) each if absent; returns the event that won for each."""
        documents = [{"_id": key, "source_id": source, "event": event.stored()} for key, source, event in results]
        try:
            await self._results.insert_many(documents, ordered=False)
        except BulkWriteError as error:
            codes = {one.get("code") for one in (error.details or {}).get("writeErrors", [])}
            if codes != {DUPLICATE} or (error.details or {}).get("writeConcernErrors"):
                raise
        else:
            return [event for _, _, event in results]
        winners = await self.find([key for key, _, _ in results])
        return [winner or mine for winner, (_, _, mine) in zip(winners, results, strict=True)]

    async def erase(self, keys: Collection[str]) -> None:
        """Remove results of a withdrawn source."""
        await self._results.delete_many({"_id": {"$in": list(keys)}})

    async def erase_source(self, source_id: str) -> int:
        """Remove every result of a source id; returns how many."""
        return (await self._results.delete_many({"source_id": source_id})).deleted_count
