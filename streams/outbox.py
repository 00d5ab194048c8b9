"""Commands from outside: the document is written with its event inside it, marked unsent, in one atomic write; then
it is sent.

What a crash leaves unsent, the reconciler sends with `sweep`. Sending twice is harmless: the event's id is the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pymongo.asynchronous.collection import AsyncCollection

from streams.audit import append
from streams.crash import CrashPoint, crash_point
from streams.events import Event
from streams.publisher import Publisher

Documents = AsyncCollection[dict[str, Any]]


def unsent(event: Event) -> dict[str, Any]:
    """Return the fields that a command's document carries for its event."""
    return {"event": event.stored(), "unsent": True}


class Outbox:
    """Publishes the events that command documents carry."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    async def send(self, documents: Documents, document: Mapping[str, Any]) -> None:
        """Publish the event of one document, enter it in the audit, clear its mark and note where the event lies."""
        crash_point(CrashPoint.AFTER_COMMAND_WRITE)
        event = Event.from_stored(document["event"])
        [at] = await self._publisher.publish([event])
        crash_point(CrashPoint.AFTER_PUBLISH_BEFORE_CLEAR)
        await append(documents.database, event)
        # By the event, too: a later command may have put another one into the document meanwhile.
        await documents.update_one(
            {"_id": document["_id"], "event.id": document["event"]["id"]},
            {"$set": {"unsent": False, "sent": [at.topic, at.partition, at.offset]}},
        )

    async def sweep(self, documents: Documents, before: str | None = None) -> int:
        """Send what is still marked unsent, of events told before a time (`streams.events.now`); returns how many."""
        sent = 0
        wanted: dict[str, Any] = {"unsent": True}
        if before is not None:
            wanted["event.time"] = {"$lt": before}
        async for document in documents.find(wanted):
            await self.send(documents, document)
            sent += 1
        return sent


async def index_unsent(documents: Documents) -> None:
    """Create the index that makes `sweep` cheap."""
    await documents.create_index("unsent", partialFilterExpression={"unsent": True})
