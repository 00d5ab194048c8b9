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
    """Median seconds from revision to decision, of people's newest decisions of the last day; None where there is
    none."""


async def by_adapter(database: Database) -> tuple[AdapterRow, ...]:
    """Return a row an adapter and kind. The newest decision on a sample counts, for who drafted it last."""
    rows: dict[tuple[str, str], Counter[str]] = {}
    async for one in await database[COLLECTION].aggregate(_by_adapter()):
        names = one["_id"]
        counts = rows.setdefault((names.get("adapter") or "", names.get("kind") or "unknown"), Counter())
        counts["drafted"] += one["drafted"]
        if names.get("decision") in _DECIDED:
            counts[names["decision"]] += one["n"]
            counts["simulated"] += one["simulated"]
    return tuple(AdapterRow(adapter=by, kind=kind, **counts) for (by, kind), counts in sorted(rows.items()))


def _by_adapter() -> list[dict[str, Any]]:
    """One pass over drafts and decisions: no join, which would look every sample up.

    A draft has no `seq` and a decision no `round`; what is missing comes last in a falling order.
    """
    draft = {"adapter": "$adapter", "kind": "$kind", "round": "$round"}
    made = {"decision": "$decision", "simulated": "$simulated"}
    newest = {
        "draft": {"$top": {"sortBy": {"round": -1}, "output": draft}},
        "made": {"$top": {"sortBy": {"seq": -1}, "output": made}},
    }
    names = {"adapter": "$draft.adapter", "kind": "$draft.kind", "decision": "$made.decision"}
    counts = {
        "n": {"$sum": 1},
        "drafted": {"$sum": {"$cond": [{"$gte": ["$draft.round", 0]}, 1, 0]}},
        "simulated": {"$sum": {"$cond": [{"$eq": ["$made.simulated", True]}, 1, 0]}},
    }
    return [
        {"$match": {"type": {"$in": ["item.drafted", "sample.decided"]}}},
        {"$group": {"_id": "$item", **newest}},
        {"$group": {"_id": names, **counts}},
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
    theirs = {**day, "simulated": {"$ne": True}}
    newest = [one async for one in facts.find(theirs, {"item": 1, "at": 1}).sort("at", -1).limit(LATEST)]
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
