"""What the trigger looks at: the last request for a training set, what came of it, and what has been decided since."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase

from generation.model import Value
from generation.samples import DecisionKind
from generation.sources import Split
from streams.model_payloads import PLAIN_DATASET, RunEnd
from streams.trends.facts import COLLECTION

GOOD = (DecisionKind.ACCEPTED.value, DecisionKind.EDITED.value)

Documents = AsyncCollection[dict[str, Any]]


class Request(Value):
    """A request for a snapshot that is to be trained on."""

    id: str
    at: datetime
    ended: bool
    """Whether a run of its snapshot has ended since, in whatever way."""
    trained: bool = False
    """Whether one of these made an adapter."""


class Standing(Value):
    """What the trigger decides by: the last request, and the samples of split `train` whose newest decision is a good
    one and came after the last request that an adapter was made for: a run that failed has used none up."""

    last: Request | None
    """The newest request; None where nobody ever asked."""
    new: int = 0
    """How many such samples there are."""
    oldest: datetime | None = None
    """Time of the first of these decisions."""
    newest: datetime | None = None
    newest_decision: str = ""
    """Id of the last one's fact."""
    not_counted: int = 0
    """More such samples, whose decisions are simulated where these do not count."""


async def standing(database: AsyncDatabase[dict[str, Any]], *, simulated: bool) -> Standing:
    """Look at facts and sources; simulated decisions count only where they are allowed."""
    facts = database[COLLECTION]
    last = await last_request(facts)
    found = await _good(facts, await _trained_last(facts))
    trained = {"_id": {"$in": sorted({one["_id"]["version"] for one in found})}, "split": Split.TRAIN.value}
    train = {one["_id"] async for one in database["sources"].find(trained, {"_id": 1})}
    every = [one for one in found if one["_id"]["version"] in train]
    new = [one for one in every if simulated or not one["_id"]["simulated"]]
    newest = max((one["newest"] for one in new), key=lambda one: (one["at"], one["fact"]), default=None)
    return Standing(
        last=last,
        new=sum(one["n"] for one in new),
        oldest=min((aware(one["oldest"]) for one in new), default=None),
        newest=aware(newest["at"]) if newest else None,
        newest_decision=newest["fact"] if newest else "",
        not_counted=sum(one["n"] for one in every) - sum(one["n"] for one in new),
    )


async def last_request(facts: Documents) -> Request | None:
    """Return the newest request that asks for a run."""
    return await anext(_requests(facts), None)


async def _trained_last(facts: Documents) -> datetime | None:
    """Return the time of the newest request that an adapter was made for."""
    async for one in _requests(facts):
        if one.trained:
            return one.at
    return None


async def _requests(facts: Documents) -> AsyncGenerator[Request]:
    """Yield the requests that ask for a run, the newest first."""
    wanted = {"type": "snapshot.requested", "request": {"$not": {"$regex": f"^{PLAIN_DATASET}"}}}
    async for one in facts.find(wanted).sort([("at", -1), ("_id", -1)]):
        ends = await _ends(facts, one["request"], one["at"])
        yield Request(id=one["request"], at=aware(one["at"]), ended=bool(ends), trained=RunEnd.TRAINED in ends)


async def _ends(facts: Documents, request: str, since: datetime) -> Collection[str]:
    """Return how runs of a request's snapshot ended since it was asked for; an older run may have had the same one."""
    made = facts.find({"type": "snapshot.made", "request": request}, {"snapshot": 1})
    snapshots = [one["snapshot"] async for one in made]
    ended = facts.find({"type": "run.ended", "snapshot": {"$in": snapshots}, "at": {"$gte": since}}, {"end": 1})
    return {one["end"] async for one in ended}


async def _good(facts: Documents, since: datetime | None) -> Sequence[dict[str, Any]]:
    """Return how many samples have a good decision for their newest, which came after `since`, by source version and by
    whether a person made it; with the first and the last of these decisions."""
    wanted: dict[str, Any] = {"type": "sample.decided"}
    if since is not None:
        wanted["at"] = {"$gt": since}
    made = {"fact": "$_id", "decision": "$decision", "at": "$at", "simulated": "$simulated", "version": "$version"}
    last = {"$top": {"sortBy": {"at": -1, "fact": -1}, "output": {"at": "$at", "fact": "$fact"}}}
    names = {"version": "$version", "simulated": "$simulated"}
    stages: list[dict[str, Any]] = [
        {"$match": wanted},
        {"$group": {"_id": "$item", "newest": {"$top": {"sortBy": {"seq": -1}, "output": made}}}},
        {"$replaceRoot": {"newRoot": "$newest"}},
        {"$match": {"decision": {"$in": GOOD}}},
        {"$group": {"_id": names, "n": {"$sum": 1}, "oldest": {"$min": "$at"}, "newest": last}},
    ]
    return [one async for one in await facts.aggregate(stages)]


def aware(at: datetime) -> datetime:
    """Return a time of the store in UTC, whatever its client says of zones."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
