"""Owner of the answers (collection `answers`): one a item, weights and method; the first that was kept counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import BulkWriteError

from bench.items import BenchItem
from bench.runner.answerer import Answered, Method, Weights
from streams.events import now

DUPLICATE = 11000


class Answers:
    """Keeps answers by what was asked, so that an item that two versions share is asked once."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]]) -> None:
        self._answers = database["answers"]

    async def prepare(self) -> None:
        """Create the indexes."""
        await self._answers.create_index([("weights", 1), ("method", 1)])

    async def find(self, weights: Weights, method: Method, items: Iterable[BenchItem]) -> dict[str, Answered]:
        """Return the answers that are kept, by item id."""
        wanted: dict[str, list[BenchItem]] = {}
        for item in items:
            wanted.setdefault(_key(item, weights, method), []).append(item)
        kept = {one["_id"]: _read(one) async for one in self._answers.find({"_id": {"$in": list(wanted)}})}
        return {item.id: kept[key] for key, asked in wanted.items() if key in kept for item in asked}

    async def keep(self, weights: Weights, method: Method, answers: Mapping[str, tuple[BenchItem, Answered]]) -> None:
        """Insert answers, each if absent."""
        documents = {
            _key(item, weights, method): {
                "item": item.asked(),
                "weights": weights.digest,
                "adapter": weights.adapter,
                "method": method.value,
                "option": answer.option,
                "scores": list(answer.scores),
                "fault": answer.fault,
                "simulated": weights.scripted,
                "at": now(),
            }
            for item, answer in answers.values()
        }
        try:
            await self._answers.insert_many([{"_id": key, **one} for key, one in documents.items()], ordered=False)
        except BulkWriteError as error:
            details = error.details or {}
            codes = {one.get("code") for one in details.get("writeErrors", [])}
            if codes != {DUPLICATE} or details.get("writeConcernErrors"):
                raise


def _key(item: BenchItem, weights: Weights, method: Method) -> str:
    return f"{item.asked()}|{weights.digest}|{method.value}"


def _read(document: Mapping[str, Any]) -> Answered:
    return Answered(document["option"], tuple(document["scores"]), document["fault"])
