"""Dead letters: the bytes of a record that can never succeed, kept unchanged with the reason, listed and replayed on
demand.

A dead letter is a document (so that it can be listed, shown and replayed) and a record on its group's dead-letter
topic (so that sinks mark the sample). A replay is a command: the document says so, the original bytes go out again
with its event.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pymongo import ReturnDocument
from pymongo.asynchronous.database import AsyncDatabase

from generation.ids import NAMESPACE
from streams.delivery import Delivery
from streams.errors import DeadLetterUnknown, EventInvalid, EventTooLarge
from streams.events import Header, now
from streams.outcomes import Dead
from streams.publisher import Outgoing, Publisher
from streams.topics import dead_letter_topic

_PREFIX = "spinestream.errors."


@dataclass(frozen=True, slots=True)
class Burial:
    """What a dead-letter record says to whoever reads its topic."""

    id: str
    group: str
    topic: str
    disposition: str
    """`dead`, or `replayed` when the mark is to be cleared."""
    why: str
    subject: str | None
    """What the record was about; None when it was no event."""

    @classmethod
    def read(cls, delivery: Delivery) -> Burial:
        """Read the headers of a dead-letter record; raises EventInvalid when they are not there."""
        found = {name: text.decode(errors="replace") for name, text in delivery.headers}
        try:
            return cls(
                id=found[_PREFIX + "id"],
                group=found[_PREFIX + "group"],
                topic=found[_PREFIX + "topic"],
                disposition=found[_PREFIX + "disposition"],
                why=found[_PREFIX + "exception"],
                subject=_subject(delivery),
            )
        except KeyError as error:
            raise EventInvalid(f"a record of {delivery.position.topic} lacks the header {error.args[0]}") from error


def _subject(delivery: Delivery) -> str | None:
    try:
        return delivery.event.subject
    except EventInvalid:
        return None


def _letter_id(group: str, delivery: Delivery) -> str:
    name = dict(delivery.headers).get("ce_id", b"").decode(errors="replace") or repr(delivery.position)
    return str(uuid.uuid5(NAMESPACE, f"dead|{group}|{delivery.position.topic}|{name}"))


def _error_headers(letter: Mapping[str, Any], disposition: str) -> tuple[Header, ...]:
    texts = {
        "id": f"{letter['_id']}:{letter['burial']}",
        "group": letter["group"],
        "exception": letter["why"],
        "message": letter["message"],
        "topic": letter["topic"],
        "partition": str(letter["partition"]),
        "offset": str(letter["offset"]),
        "disposition": disposition,
    }
    return tuple((_PREFIX + name, text.encode()) for name, text in texts.items())


class DeadLetters:
    """Owner of the collection `dead_letters`."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]]) -> None:
        self._letters = database["dead_letters"]

    async def prepare(self) -> None:
        """Create the indexes."""
        await self._letters.create_index([("status", 1), ("group", 1)])
        await self._letters.create_index("subject")

    async def bury(self, group: str, one: Delivery, dead: Dead, publisher: Publisher) -> None:
        """Keep a record for good: document first, then the group's dead-letter topic; safe to repeat."""
        headers = dict(one.headers)
        letter: dict[str, Any] = {
            "_id": _letter_id(group, one),
            "group": group,
            "topic": one.position.topic,
            "partition": one.position.partition,
            "offset": one.position.offset,
            "subject": headers["ce_subject"].decode(errors="replace") if "ce_subject" in headers else None,
            "why": dead.why,
            "message": dead.message,
            "key": one.key,
            "value": one.value,
            "headers": [[name, text] for name, text in one.headers],
            "status": "dead",
            "at": now(),
        }
        burial = await self._write(letter)
        await publisher.publish([self._notice({**letter, "burial": burial}, "dead")])

    async def _write(self, letter: Mapping[str, Any]) -> int:
        """Write the document, return how often this record has died: redelivery counts once, a replay that fails
        again."""
        body: dict[str, Any] = {name: {"$literal": text} for name, text in letter.items() if name != "_id"}
        again = {"$cond": [{"$eq": ["$status", "dead"]}, "$burial", {"$add": [{"$ifNull": ["$burial", 0]}, 1]}]}
        found = await self._letters.find_one_and_update(
            {"_id": letter["_id"]},
            [{"$set": {"burial": again}}, {"$set": body}],
            upsert=True,
            return_document=ReturnDocument.AFTER,
            projection={"burial": 1},
        )
        assert found is not None
        return int(found["burial"])

    async def listed(self, status: str | None = "dead", limit: int = 0) -> list[dict[str, Any]]:
        """Return dead letters, oldest first, without their bytes."""
        wanted = {"status": status} if status else {}
        found = self._letters.find(wanted, {"value": 0, "key": 0, "headers": 0}).sort("at", 1).limit(limit)
        return [one async for one in found]

    async def about(self, subject: str) -> list[dict[str, Any]]:
        """Return the dead letters about a subject, oldest first, without their bytes."""
        found = self._letters.find({"subject": subject}, {"value": 0, "key": 0, "headers": 0}).sort("at", 1)
        return [one async for one in found]

    async def get(self, letter_id: str) -> dict[str, Any]:
        """Return one whole dead letter; raises DeadLetterUnknown."""
        found = await self._letters.find_one({"_id": letter_id})
        if found is None:
            raise DeadLetterUnknown(
                f"there is no dead letter {letter_id}; `spinestream deadletters list` shows those there are"
            )
        return found

    async def replay(self, letter_id: str) -> dict[str, Any]:
        """Mark a dead letter as to be replayed (the atomic write of the command); `finish_replays` sends it out."""
        letter = await self.get(letter_id)
        await self._letters.update_one(
            {"_id": letter_id, "status": "dead"}, {"$set": {"status": "replaying", "replayed_at": now()}}
        )
        return letter

    async def finish_replays(self, publisher: Publisher) -> int:
        """Send every letter marked for replay: its notice, then its bytes unchanged; returns how many."""
        sent = 0
        async for letter in self._letters.find({"status": "replaying"}):
            again = Outgoing(letter["topic"], letter["key"], letter["value"], _original_headers(letter))
            try:
                await publisher.publish([again])
            except EventTooLarge as error:
                why = {"status": "dead", "why": "too-large", "message": str(error)}
                await self._letters.update_one({"_id": letter["_id"], "status": "replaying"}, {"$set": why})
                continue
            await publisher.publish([self._notice(letter, "replayed")])
            await self._letters.update_one(
                {"_id": letter["_id"], "status": "replaying"}, {"$set": {"status": "replayed"}}
            )
            sent += 1
        return sent

    async def subjects(self, group: str | None, subjects: list[str]) -> dict[str, str]:
        """Return {subject: why} of those among `subjects` that are dead now."""
        wanted: dict[str, Any] = {"status": "dead", "subject": {"$in": subjects}}
        if group is not None:
            wanted["group"] = group
        return {one["subject"]: one["why"] async for one in self._letters.find(wanted, {"subject": 1, "why": 1})}

    def _notice(self, letter: Mapping[str, Any], disposition: str) -> Outgoing:
        headers = (*_original_headers(letter), *_error_headers(letter, disposition))
        return Outgoing(dead_letter_topic(letter["group"]), letter["key"], letter["value"], headers)


def _original_headers(letter: Mapping[str, Any]) -> tuple[Header, ...]:
    return tuple((name, bytes(text)) for name, text in letter["headers"])
