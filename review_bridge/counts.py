"""How many samples stand where."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from pymongo.asynchronous.collection import AsyncCollection

from generation.samples import State
from review_bridge.fill import Document

OPEN: Document = {"state": {"$in": [State.PLANNED.value, State.DRAFTED.value]}, "dead": {}}
"""Selects the samples that are not settled: planned or drafted, and no stage has given up on them."""


@dataclass(frozen=True, slots=True)
class SampleCounts:
    """Counts of samples; each sample is in exactly one of the eight states."""

    planned: int
    drafted: int
    queued: int
    held: int
    accepted: int
    edited: int
    rejected: int
    retracted: int
    held_by_reason: Mapping[str, int]
    """A sample held for two reasons counts under both."""
    dead: int
    """Samples with a dead mark, in whatever state."""
    dead_by_why: Mapping[str, int]
    open: int
    """Samples that are not settled; 0 when a run is finished with the items it has planned."""
    open_planned: int = 0
    """Those of them that wait for their draft; the others wait for their revision."""

    @property
    def total(self) -> int:
        """All samples."""
        return sum(getattr(self, state.value) for state in State)

    @property
    def settled(self) -> int:
        """Samples for which nothing is to be done by a machine any more."""
        return self.total - self.open


class KindCounts(NamedTuple):
    """How the samples of one kind in one language stand."""

    queued: int
    """In the review queue or accepted, edited or rejected since: what the checks let pass."""
    held: int
    dead: int


async def count_kinds(
    samples: AsyncCollection[Document], versions: Collection[str] | None
) -> dict[tuple[str, str], KindCounts]:
    """Count the samples of the source versions given, or all, by (kind, language)."""
    passed = [state.value for state in (State.QUEUED, State.ACCEPTED, State.EDITED, State.REJECTED)]
    whether = {
        "queued": {"$in": ["$state", passed]},
        "held": {"$eq": ["$state", State.HELD.value]},
        "dead": {"$ne": ["$dead", {}]},
    }
    sums = {name: {"$sum": {"$cond": [condition, 1, 0]}} for name, condition in whether.items()}
    match: Document = {} if versions is None else {"source.version": {"$in": [*versions]}}
    cursor = await samples.aggregate(
        [
            {"$match": match | {"plan": {"$exists": True}}},
            {"$group": {"_id": {"kind": "$plan.kind", "language": "$plan.language"}, **sums}},
        ]
    )
    return {
        (row["_id"]["kind"], row["_id"]["language"]): KindCounts(row["queued"], row["held"], row["dead"])
        async for row in cursor
    }


async def count(samples: AsyncCollection[Document], versions: Collection[str] | None) -> SampleCounts:
    """Count the samples of the source versions given, or all."""
    cursor = await samples.aggregate(
        [
            {"$match": {} if versions is None else {"source.version": {"$in": [*versions]}}},
            {"$project": {"state": 1, "reasons": 1, "dead": 1}},
            {
                "$facet": {
                    "states": [{"$group": {"_id": "$state", "n": {"$sum": 1}}}],
                    "reasons": [{"$match": {"state": State.HELD.value}}, {"$unwind": "$reasons"}, *_by("$reasons")],
                    "dead": [{"$match": {"dead": {"$ne": {}}}}, {"$count": "n"}],
                    "whys": [{"$set": {"m": {"$objectToArray": "$dead"}}}, {"$unwind": "$m"}, *_by("$m.v.why")],
                    "open": [{"$match": OPEN}, {"$group": {"_id": "$state", "n": {"$sum": 1}}}],
                }
            },
        ]
    )
    found = (await cursor.to_list())[0]
    states = {row["_id"]: row["n"] for row in found["states"]}
    return SampleCounts(
        **{state.value: states.get(state.value, 0) for state in State},
        held_by_reason={row["_id"]: row["n"] for row in found["reasons"]},
        dead=sum(row["n"] for row in found["dead"]),
        dead_by_why={row["_id"]: row["n"] for row in found["whys"]},
        open=sum(row["n"] for row in found["open"]),
        open_planned=sum(row["n"] for row in found["open"] if row["_id"] == State.PLANNED.value),
    )


def _by(path: str) -> list[Document]:
    """Count samples by a value each may hold several times."""
    return [
        {"$group": {"_id": {"sample": "$_id", "value": path}}},
        {"$group": {"_id": "$_id.value", "n": {"$sum": 1}}},
        {"$sort": {"n": -1, "_id": 1}},
    ]
