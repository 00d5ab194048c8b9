"""Pausing stages: what a person (or a spent budget) asks for is kept in the store, and the loops follow it.

Collection `controls`: {_id: stage, paused, why, who, when}, and one document of the budget (`actors.budget`). A paused
loop takes no more records; what runs finishes, and the loop keeps its membership and goes on committing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from pymongo.asynchronous.database import AsyncDatabase

from streams.dependencies import as_dependency_down
from streams.errors import StreamsError
from streams.events import now

log = logging.getLogger(__name__)

COLLECTION = "controls"
PAUSABLE = ("intake", "read", "plan", "draft", "revise")
"""Stages that may be paused, in the order work flows."""
ENGINE_STAGES = ("read", "draft", "revise")
"""Those of them that spend a budget."""
LOOK_EVERY = 0.5
"""Seconds between two looks of a loop at what is asked of it."""
WAIT = "the store cannot be paused: it only records what was made, and pausing it would keep answers from being kept"


class NotPausable(StreamsError):
    """A stage that does not exist, or that must not stop."""


@dataclass(frozen=True, slots=True)
class Paused:
    """Why a stage stands still."""

    why: str
    """What the person said, or `budget`."""
    who: str
    when: str


class Pausable(Protocol):
    """A loop that follows the controls."""

    def pause(self, why: str) -> None:
        """Take no more records."""

    def resume(self) -> None:
        """Take records again."""


Pauses = Callable[[], Awaitable[Mapping[str, Paused]]]
"""Returns {stage: why} of the stages that are to stand still now."""


class Controls:
    """Owner of what people ask of stages."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]]) -> None:
        self.documents = database[COLLECTION]

    async def pause(self, stage: str, who: str, why: str = "") -> Paused:
        """Ask a stage to take no more records; the latest reason counts. Raises NotPausable."""
        check_pausable(stage)
        paused = Paused(why, who, now())
        await self.documents.update_one(
            {"_id": stage}, {"$set": {"paused": True, "why": why, "who": who, "when": paused.when}}, upsert=True
        )
        return paused

    async def resume(self, stage: str, who: str) -> bool:
        """Let a stage go on; False where nobody had paused it. Raises NotPausable."""
        check_pausable(stage)
        done = await self.documents.update_one(
            {"_id": stage, "paused": True}, {"$set": {"paused": False, "who": who, "when": now()}}
        )
        return done.modified_count > 0

    async def paused(self) -> dict[str, Paused]:
        """Return the stages that people have paused, in the order work flows."""
        found = {one["_id"]: one async for one in self.documents.find({"_id": {"$in": PAUSABLE}, "paused": True})}
        return {name: Paused(one["why"], one["who"], one["when"]) for name in PAUSABLE if (one := found.get(name))}


def check_pausable(stage: str) -> None:
    """Raise NotPausable for the store, and for what is no stage."""
    if stage == "store":
        raise NotPausable(WAIT)
    if stage not in PAUSABLE:
        raise NotPausable(f"no stage is called {stage!r}; there are {', '.join(PAUSABLE)}")


async def follow(pauses: Pauses, loops: Mapping[str, Pausable]) -> None:
    """Pause and resume loops, by stage, as they are asked to; while the store is away, they stay as they are."""
    try:
        asked = await pauses()
    except Exception as error:
        down = as_dependency_down(error)
        if down is None:
            raise
        log.info("controls: %s", down)
        return
    for stage, loop in loops.items():
        paused = asked.get(stage)
        if paused is None:
            loop.resume()
        else:
            loop.pause(paused.why or "paused")


async def keep_following(pauses: Pauses, loops: Mapping[str, Pausable], stop: asyncio.Event) -> None:
    """Follow again and again until `stop`."""
    while not stop.is_set():
        await follow(pauses, loops)
        try:
            await asyncio.wait_for(stop.wait(), LOOK_EVERY)
        except TimeoutError:
            continue
