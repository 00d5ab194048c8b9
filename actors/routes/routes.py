"""The route: which adapter is wanted, which one answers, and which engines have loaded the wanted one.

Collection `routes`, four kinds of documents. `wanted`: the promotion with the highest number. `try/<number>/<n>`: an
engine begins to load it, the first one alone. `ack/<number>/<actor>`: an engine has loaded and tested it, or says why
it could not. `flip/<number>`: the route follows that promotion since then, with the event `route flipped` inside,
marked unsent; the one with the highest number counts. Docs: docs/routes.md.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from streams import topics
from streams.events import now
from streams.model_payloads import AdapterRef, ModelPromoted, RouteFlipped
from streams.outbox import index_unsent, unsent

COLLECTION = "routes"
WANTED = "wanted"
PATIENCE = timedelta(minutes=2)
"""What an engine that has begun may take before another thinks that it ended."""
ENDED = 2
"""Engines that began and said nothing, after which no other tries."""
KEY = "route"
"""Key of every event `route flipped`: they keep their order."""


class Acknowledged(StrEnum):
    """What an engine says of what is wanted."""

    LOADED = "loaded"
    """It has it beside the adapter that answers, and has answered the self-test with it."""
    FAILED = "failed"
    """It cannot serve it."""


class Turn(StrEnum):
    """Whether an engine may try what is wanted."""

    TRY = "try"
    """Another has loaded it already, or this one is to be the first."""
    WAIT = "wait"
    """Another is trying it first: an adapter that kills engines shall not kill all at once."""
    LEAVE = "leave"
    """Engines have ended over it."""


@dataclass(frozen=True)
class Ack:
    """One engine's word on one promotion."""

    actor: str
    state: Acknowledged
    why: str
    """Of a failure, in a sentence."""


@dataclass(frozen=True)
class Flip:
    """What answers, and since when."""

    seq: int
    adapter: AdapterRef | None
    """None: the bare model (the adapter of zeros)."""
    previous: str
    acknowledged: int
    of: int
    at: str

    @property
    def name(self) -> str:
        """Name of the adapter; empty for the bare model."""
        return self.adapter.name if self.adapter else ""


@dataclass(frozen=True)
class Route:
    """What is wanted and what answers; None where nothing was promoted: engines answer with what they are set to."""

    wanted: ModelPromoted | None
    live: Flip | None

    @property
    def ahead(self) -> ModelPromoted | None:
        """The promotion that the route does not follow yet."""
        live = self.live.seq if self.live else 0
        return self.wanted if self.wanted and self.wanted.seq > live else None


class Routes:
    """Owner of the collection `routes`."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]]) -> None:
        self.documents = database[COLLECTION]

    async def prepare(self) -> None:
        """Create the indexes."""
        await index_unsent(self.documents)
        await self.documents.create_index([("kind", 1), ("seq", -1)])

    async def want(self, promoted: ModelPromoted) -> bool:
        """Ask for what was promoted; False where that or a later promotion is asked for already."""
        document = {"kind": "wanted", "seq": promoted.seq, "promoted": promoted.model_dump(mode="json"), "at": now()}
        try:
            await self.documents.update_one(
                {"_id": WANTED, "seq": {"$lt": promoted.seq}}, {"$set": document}, upsert=True
            )
        except DuplicateKeyError:
            return False
        return True

    async def look(self) -> Route:
        """Return what is wanted and what answers now."""
        wanted, live = await asyncio.gather(
            self.documents.find_one({"_id": WANTED}),
            self.documents.find_one({"kind": "flip"}, sort=[("seq", -1)]),
        )
        return Route(
            ModelPromoted.model_validate(wanted["promoted"]) if wanted else None, _flip(live) if live else None
        )

    async def acknowledge(self, seq: int, actor: str, state: Acknowledged, why: str = "") -> None:
        """Note what an engine says of a promotion; its first word counts."""
        document = {"kind": "ack", "seq": seq, "actor": actor, "state": str(state), "why": why, "at": now()}
        await self.documents.update_one({"_id": f"ack/{seq}/{actor}"}, {"$setOnInsert": document}, upsert=True)

    async def acknowledged(self, seq: int) -> dict[str, Ack]:
        """Return what engines, by actor, have said of a promotion; some of them may be gone."""
        found = self.documents.find({"kind": "ack", "seq": seq})
        return {one["actor"]: Ack(one["actor"], Acknowledged(one["state"]), one["why"]) async for one in found}

    async def turn(self, seq: int, actor: str) -> Turn:
        """Return whether an engine may try a promotion; the first is noted, and the others wait for its word."""
        acks = await self.acknowledged(seq)
        if any(one.state is Acknowledged.LOADED for one in acks.values()):
            return Turn.TRY
        begun = [one async for one in self.documents.find({"kind": "try", "seq": seq})]
        if any(one["actor"] == actor for one in begun):
            return Turn.TRY
        silent = [one["at"] for one in begun if one["actor"] not in acks]
        if any(at > now(PATIENCE) for at in silent):
            return Turn.WAIT
        if len(silent) >= ENDED:
            return Turn.LEAVE
        mine = {"_id": f"try/{seq}/{len(begun)}", "kind": "try", "seq": seq, "actor": actor, "at": now()}
        try:
            await self.documents.insert_one(mine)
        except DuplicateKeyError:
            return Turn.WAIT
        return Turn.TRY

    async def flip(self, promoted: ModelPromoted, acknowledged: int, of: int) -> bool:
        """Let the route follow a promotion: its document has the event to be sent. False where it does already, or
        follows a later one.

        `acknowledged` of `of` engines have loaded and tested the adapter.
        """
        live = (await self.look()).live
        if live is not None and live.seq >= promoted.seq:
            return False
        adapter = promoted.adapter
        told = RouteFlipped(
            seq=promoted.seq,
            adapter=adapter.name if adapter else "",
            previous=live.name if live else "",
            acknowledged=acknowledged,
            of=of,
        )
        event = topics.ROUTES.event(told, key=KEY, subject=KEY, source="pools", detail=str(promoted.seq))
        document = {
            "_id": f"flip/{promoted.seq}",
            "kind": "flip",
            "flipped": told.model_dump(mode="json"),
            "seq": promoted.seq,
            "adapter": adapter.model_dump(mode="json") if adapter else None,
            "at": event.time,
            **unsent(event),
        }
        try:
            await self.documents.insert_one(document)
        except DuplicateKeyError:
            return False
        return True


def _flip(document: Mapping[str, Any]) -> Flip:
    told, adapter = document["flipped"], document["adapter"]
    return Flip(
        seq=document["seq"],
        adapter=AdapterRef.model_validate(adapter) if adapter else None,
        previous=told["previous"],
        acknowledged=told["acknowledged"],
        of=told["of"],
        at=document["at"],
    )
