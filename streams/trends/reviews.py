"""What reviewers and checks said of what models wrote, by adapter and kind, and how fast people decide."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from pymongo.asynchronous.database import AsyncDatabase

from generation.model import Value
from generation.samples import DecisionKind
from streams.trends.facts import COLLECTION

LATEST = 500
"""Decisions of which the waiting time is told, at most: the newest."""

Database = AsyncDatabase[dict[str, Any]]
_DECIDED = ("accepted", "edited", "rejected")


class AdapterRow(Value):
    """What became of the samples that one adapter drafted, of one kind."""

    adapter: str
    """Name; empty for the bare model."""
    kind: str
    drafted: int
    accepted: int = 0
    edited: int = 0
    rejected: int = 0
    simulated: int = 0
    """Decisions among these that no person made."""


class TokenRow(Value):
    """What one stage used with one adapter."""

    stage: str
    """`read`, `draft`, `revise`."""
    adapter: str
    prompt: int
    output: int
    seconds: float


class ReviewSpeed(Value):
    """How fast decisions are made; those that take one back are not counted."""

    hour: int
    """Decisions of the last hour."""
    day: int
    simulated_day: int
    """Of these by no person."""
    waited: float | None
    """Median seconds from revision to decision, of the newest decisions of the last day; None where there is none."""


async def by_adapter(database: Database) -> tuple[AdapterRow, ...]:
    """Return a row an adapter and kind. The newest decision on a sample counts, for who drafted it last."""
    facts = database[COLLECTION]
    newest = {"$top": {"sortBy": {"round": -1}, "output": {"adapter": "$adapter", "kind": "$kind"}}}
    group = {"_id": {"adapter": "$draft.adapter", "kind": "$draft.kind"}, "n": {"$sum": 1}}
    stages: list[dict[str, Any]] = [
        {"$match": {"type": "item.drafted"}},
        {"$group": {"_id": "$item", "draft": newest}},
        {"$group": group},
    ]
    drafted = {_pair(one): one["n"] async for one in await facts.aggregate(stages)}
    decided: dict[tuple[str, str], Counter[str]] = {}
    async for one in await facts.aggregate(_decided()):
        counts = decided.setdefault(_pair(one), Counter())
        counts[one["_id"]["decision"]] += one["n"]
        counts["simulated"] += one["s"]
    return tuple(
        AdapterRow(adapter=pair[0], kind=pair[1], drafted=drafted.get(pair, 0), **decided.get(pair, Counter()))
        for pair in sorted({*drafted, *decided})
    )


def _pair(one: Mapping[str, Any]) -> tuple[str, str]:
    return one["_id"].get("adapter") or "", one["_id"].get("kind") or "unknown"


def _decided() -> list[dict[str, Any]]:
    """Newest decision an item, with the newest draft of it; counted by adapter, kind and decision."""
    told = {"decision": "$decision", "simulated": "$simulated"}
    draft = [
        {"$match": {"type": "item.drafted"}},
        {"$sort": {"round": -1}},
        {"$limit": 1},
        {"$project": {"_id": 0, "adapter": 1, "kind": 1}},
    ]
    lookup = {"from": COLLECTION, "localField": "_id", "foreignField": "item", "pipeline": draft, "as": "draft"}
    names = {"adapter": "$draft.adapter", "kind": "$draft.kind", "decision": "$newest.decision"}
    return [
        {"$match": {"type": "sample.decided"}},
        {"$group": {"_id": "$item", "newest": {"$top": {"sortBy": {"seq": -1}, "output": told}}}},
        {"$match": {"newest.decision": {"$in": [*_DECIDED]}}},
        {"$lookup": lookup},
        {"$set": {"draft": {"$first": "$draft"}}},
        {"$group": {"_id": names, "n": {"$sum": 1}, "s": {"$sum": {"$cond": ["$newest.simulated", 1, 0]}}}},
    ]


async def tokens(database: Database) -> tuple[TokenRow, ...]:
    """Return what engines used, by stage and adapter."""
    names = {"source.read": "read", "item.drafted": "draft", "item.revised": "revise"}
    sums = {"prompt": {"$sum": "$prompt_tokens"}, "output": {"$sum": "$output_tokens"}, "seconds": {"$sum": "$seconds"}}
    stages: list[dict[str, Any]] = [
        {"$match": {"type": {"$in": [*names]}, "output_tokens": {"$exists": True}}},
        {"$group": {"_id": {"type": "$type", "adapter": "$adapter"}, **sums}},
    ]
    found = [
        TokenRow(
            stage=names[one["_id"]["type"]],
            adapter=one["_id"].get("adapter") or "",
            prompt=one["prompt"],
            output=one["output"],
            seconds=one["seconds"],
        )
        async for one in await database[COLLECTION].aggregate(stages)
    ]
    order = [*names.values()]
    return tuple(sorted(found, key=lambda one: (order.index(one.stage), one.adapter)))


async def held(database: Database) -> Mapping[str, int]:
    """Return {reason: revisions held for it}, the most frequent first; a revision may have several."""
    stages: list[dict[str, Any]] = [
        {"$match": {"type": "item.revised"}},
        {"$unwind": "$reasons"},
        {"$group": {"_id": "$reasons", "n": {"$sum": 1}}},
        {"$sort": {"n": -1, "_id": 1}},
    ]
    return {one["_id"]: one["n"] async for one in await database[COLLECTION].aggregate(stages)}


async def revised(database: Database) -> tuple[int, int]:
    """Return how many revisions passed every check, and how many were held."""
    passed = {"$sum": {"$cond": [{"$eq": ["$reasons", []]}, 1, 0]}}
    stages: list[dict[str, Any]] = [
        {"$match": {"type": "item.revised"}},
        {"$group": {"_id": None, "n": {"$sum": 1}, "passed": passed}},
    ]
    async for one in await database[COLLECTION].aggregate(stages):
        return one["passed"], one["n"] - one["passed"]
    return 0, 0


async def speed(database: Database, now: datetime) -> ReviewSpeed:
    """Return how fast people decide."""
    facts = database[COLLECTION]
    kept = {"type": "sample.decided", "decision": {"$ne": DecisionKind.REOPENED.value}}
    day = {**kept, "at": {"$gte": now - timedelta(days=1), "$lt": now}}
    newest = [one async for one in facts.find(day, {"item": 1, "at": 1}).sort("at", -1).limit(LATEST)]
    wanted = {"type": "item.revised", "item": {"$in": [one["item"] for one in newest]}}
    since: dict[str, datetime] = {}
    async for one in facts.find(wanted, {"item": 1, "at": 1}).sort("at", 1):
        since[one["item"]] = one["at"]
    waits = [(one["at"] - since[one["item"]]).total_seconds() for one in newest if one["item"] in since]
    return ReviewSpeed(
        hour=await facts.count_documents({**kept, "at": {"$gte": now - timedelta(hours=1), "$lt": now}}),
        day=await facts.count_documents(day),
        simulated_day=await facts.count_documents({**day, "simulated": True}),
        waited=median(waits) if waits else None,
    )


async def decisions(database: Database) -> Mapping[str, int]:
    """Return {kind: decisions ever made}, corrections and what took one back among them."""
    stages: list[dict[str, Any]] = [
        {"$match": {"type": "sample.decided"}},
        {"$group": {"_id": "$decision", "n": {"$sum": 1}}},
    ]
    found = {one["_id"]: one["n"] async for one in await database[COLLECTION].aggregate(stages)}
    return {kind.value: found.get(kind.value, 0) for kind in DecisionKind}
