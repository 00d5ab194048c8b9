"""What the trigger looks at: the last request for a training set, what came of it, and what has been decided since."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase

from generation.model import Value
from generation.samples import DecisionKind
from generation.sources import Split
from streams.model_payloads import PLAIN_DATASET
from streams.trends.facts import COLLECTION

GOOD = (DecisionKind.ACCEPTED.value, DecisionKind.EDITED.value)

Documents = AsyncCollection[dict[str, Any]]


class Request(Value):
    """A request for a snapshot that is to be trained on."""

    id: str
    at: datetime
    ended: bool
    """Whether the run of its snapshot has ended, in whatever way."""


class NewSample(Value):
    """The newest decision on a sample, where it is a good one."""

    decision: str
    """Id of the fact."""
    at: datetime
    simulated: bool


class Standing(Value):
    """What the trigger decides by."""

    last: Request | None
    """The newest request; None where nobody ever asked."""
    new: tuple[NewSample, ...]
    """Samples of split `train` accepted or edited since it, oldest decision first."""
    not_counted: int = 0
    """More of them, whose decisions are simulated where these do not count."""


async def standing(database: AsyncDatabase[dict[str, Any]], *, simulated: bool) -> Standing:
    """Look at facts and sources; simulated decisions count only where they are allowed."""
    facts = database[COLLECTION]
    last = await last_request(facts)
    found = await _good(facts, last.at if last else None)
    versions = sorted({one["version"] for one in found})
    trained = {"_id": {"$in": versions}, "split": Split.TRAIN.value}
    train = {one["_id"] async for one in database["sources"].find(trained, {"_id": 1})}
    every = [
        NewSample(decision=one["fact"], at=aware(one["at"]), simulated=one["simulated"])
        for one in found
        if one["version"] in train
    ]
    new = sorted((one for one in every if simulated or not one.simulated), key=lambda one: (one.at, one.decision))
    return Standing(last=last, new=tuple(new), not_counted=len(every) - len(new))


async def last_request(facts: Documents) -> Request | None:
    """Return the newest request that asks for a run."""
    wanted = {"type": "snapshot.requested", "request": {"$not": {"$regex": f"^{PLAIN_DATASET}"}}}
    found = await facts.find_one(wanted, sort=[("at", -1), ("_id", -1)])
    if found is None:
        return None
    return Request(id=found["request"], at=aware(found["at"]), ended=await _ended(facts, found["request"]))


async def _ended(facts: Documents, request: str) -> bool:
    made = facts.find({"type": "snapshot.made", "request": request}, {"snapshot": 1})
    snapshots = [one["snapshot"] async for one in made]
    return await facts.find_one({"type": "run.ended", "snapshot": {"$in": snapshots}}) is not None


async def _good(facts: Documents, since: datetime | None) -> Sequence[dict[str, Any]]:
    """Return items whose newest decision is a good one and came after `since`."""
    wanted: dict[str, Any] = {"type": "sample.decided"}
    if since is not None:
        wanted["at"] = {"$gt": since}
    newest = {"fact": "$_id", "decision": "$decision", "at": "$at", "simulated": "$simulated", "version": "$version"}
    stages: list[dict[str, Any]] = [
        {"$match": wanted},
        {"$group": {"_id": "$item", "newest": {"$top": {"sortBy": {"seq": -1}, "output": newest}}}},
        {"$replaceRoot": {"newRoot": "$newest"}},
        {"$match": {"decision": {"$in": GOOD}}},
    ]
    return [one async for one in await facts.aggregate(stages)]


def aware(at: datetime) -> datetime:
    """Return a time of the store in UTC, whatever its client says of zones."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
