"""The trigger of training: asks for a snapshot once enough has been accepted, and never while a request is open.

A request is a command: its document (collection `training_requests`) holds the event, marked unsent, in one write.
The document's `_id` names the request before it, so that of two workers that ask at once, whatever each has seen, one
insert wins: there is one successor to every request. The request's own id comes of what was counted.
"""

from __future__ import annotations

import logging
import uuid
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pymongo import WriteConcern
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from generation.ids import NAMESPACE
from generation.model import Value
from streams import topics
from streams.dependencies import as_dependency_down
from streams.model_payloads import SnapshotRequested
from streams.outbox import Documents, Outbox, index_unsent, unsent
from streams.trends.requests import Standing, aware, standing

log = logging.getLogger(__name__)

COLLECTION = "training_requests"
FIRST = "first"
"""Stands for the request before the first."""
WHO = "trigger"


class TriggerSettings(BaseModel):
    """When training is asked for."""

    model_config = ConfigDict(extra="forbid")

    on: bool = Field(default=True, description="Whether training is asked for at all without a person.")
    new_samples: int = Field(
        default=100, ge=1, description="New accepted or edited samples of split train that are enough."
    )
    max_age_hours: float = Field(
        default=24.0, gt=0, description="Hours after which the oldest new sample is enough, however few there are."
    )
    debounce_seconds: float = Field(
        default=30.0,
        ge=0,
        description="Quiet seconds after the newest decision before it is asked; not waited for once there are twice "
        "as many samples as are enough.",
    )
    simulated: bool = Field(
        default=False, description="Whether simulated decisions count, and may go in; the snapshot is then marked."
    )
    open_hours: float = Field(
        default=12.0, gt=0, description="Hours after which a request that came to nothing is given up for another."
    )
    retry_hours: float = Field(
        default=1.0,
        ge=0,
        description="Hours after a request whose run made no adapter in which no other follows; after them, one more "
        "decision is enough, since its samples still count.",
    )
    look_seconds: float = Field(default=5.0, ge=0.1, le=3600, description="Seconds between two looks.")


class State(StrEnum):
    """Whether it is time to ask."""

    OFF = "off"
    """It is turned off."""
    OPEN = "open"
    """The last request has not come to its end."""
    WAITING = "waiting"
    """Too few new samples, and none of them old."""
    QUIET = "quiet"
    """Enough, but decisions are just being made."""
    DUE = "due"
    """It is asked."""


class Verdict(Value):
    """What the trigger says of a standing."""

    state: State
    new: int
    """New samples."""
    enough: int
    why: str
    """`new samples` or `age` where it is due, else what is waited for."""


def verdict(found: Standing, settings: TriggerSettings, now: datetime) -> Verdict:
    """Say whether it is time to ask; pure."""

    def said(state: State, why: str) -> Verdict:
        return Verdict(state=state, new=found.new, enough=settings.new_samples, why=why)

    if not settings.on:
        return said(State.OFF, "turned off (trigger.on)")
    last = found.last
    if last is not None and not last.ended and now - last.at < timedelta(hours=settings.open_hours):
        return said(State.OPEN, f"request {last.id[:8]} of {last.at:%Y-%m-%d %H:%M} UTC is open")
    beside = f"; {found.not_counted} simulated ones do not count (trigger.simulated)" if found.not_counted else ""
    if found.oldest is None or found.newest is None:
        return said(State.WAITING, f"no new samples{beside}")
    old = now - found.oldest >= timedelta(hours=settings.max_age_hours)
    if found.new < settings.new_samples and not old:
        return said(State.WAITING, f"{found.new} of {settings.new_samples} new samples{beside}")
    if last is not None and last.ended and not last.trained:
        if found.newest <= last.at:
            return said(State.WAITING, f"the run of request {last.id[:8]} made no adapter: a new decision is awaited")
        if now - last.at < timedelta(hours=settings.retry_hours):
            return said(State.WAITING, f"the run of request {last.id[:8]} made no adapter (trigger.retry_hours)")
    quiet = now - found.newest >= timedelta(seconds=settings.debounce_seconds)
    if not quiet and found.new < 2 * settings.new_samples:
        return said(State.QUIET, f"decisions are being made, {settings.debounce_seconds:.0f} quiet seconds are awaited")
    return said(State.DUE, "new samples" if found.new >= settings.new_samples else "age")


class Trigger:
    """Asks for snapshots; owner of the collection."""

    def __init__(
        self, database: AsyncDatabase[dict[str, Any]], settings: TriggerSettings, outbox: Outbox | None = None
    ) -> None:
        """Without an outbox a request stays unsent until the reconciler sends it."""
        self._database = database
        self._settings = settings
        self._outbox = outbox
        self.documents = requests_of(database)
        self._prepared = False

    async def prepare(self) -> None:
        """Create the index."""
        await index_unsent(self.documents)
        self._prepared = True

    async def look(self, now: datetime | None = None) -> str | None:
        """Ask where it is time; returns the id of the request that stands then, None where none is asked for.

        While store or broker are away nothing is asked; what is written and unsent the reconciler sends.
        """
        try:
            return await self._look(now or datetime.now(UTC))
        except Exception as error:
            down = as_dependency_down(error)
            if down is None:
                raise
            log.info("trigger: %s", down)
            return None

    async def _look(self, now: datetime) -> str | None:
        if not self._settings.on:
            return None
        if not self._prepared:
            await self.prepare()
        found = await standing(self._database, simulated=self._settings.simulated)
        said = verdict(found, self._settings, now)
        if said.state is not State.DUE:
            return None
        document = _document(found, said, self._settings, now)
        try:
            await self.documents.insert_one(document)
        except DuplicateKeyError:
            return await self._asked_before(document["_id"], now)
        log.info("trigger: %s (%s, %d new samples)", document["request"], said.why, said.new)
        if self._outbox is not None:
            await self._outbox.send(self.documents, document)
        return str(document["request"])

    async def _asked_before(self, slot: str, now: datetime) -> str | None:
        """Return the request that another worker made, or that is on its way; one that never arrived is sent again."""
        found = await self.documents.find_one({"_id": slot})
        if found is None:
            return None
        if now - aware(found["at"]) >= timedelta(hours=self._settings.open_hours) and self._outbox is not None:
            log.warning("trigger: request %s never arrived, it is sent again", found["request"])
            await self.documents.update_one({"_id": slot}, {"$set": {"at": now}})
            await self._outbox.send(self.documents, found)
        return str(found["request"])


def requests_of(database: AsyncDatabase[dict[str, Any]]) -> Documents:
    """Return the collection, for whoever sends what is marked `unsent` and clears the mark."""
    return database.get_collection(COLLECTION, write_concern=WriteConcern("majority", j=True))


def request_id(last_decision: str, previous: str) -> str:
    """Return the id of a request: of the last decision counted and the request before it."""
    return str(uuid.uuid5(NAMESPACE, f"training|{last_decision}|{previous}"))


def _document(found: Standing, said: Verdict, settings: TriggerSettings, now: datetime) -> dict[str, Any]:
    previous = found.last.id if found.last else FIRST
    request = SnapshotRequested(
        request=request_id(found.newest_decision, previous),
        why=said.why,
        accepted=found.new,
        who=WHO,
        simulated=settings.simulated,
    )
    event = topics.SNAPSHOT_REQUESTS.event(request, key=request.request, subject=request.request, source="trends")
    return {"_id": f"after:{previous}", **request.model_dump(mode="json"), "at": now, **unsent(event)}
