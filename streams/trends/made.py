"""From a record to its fact. A record that is no event of its topic gives a fact too, of type `unreadable`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from generation.ids import digest, event_id
from generation.model import Growing
from streams.errors import EventInvalid
from streams.events import Event, Header
from streams.topics import REGISTRY, Topic
from streams.trends.facts import UNREADABLE, Fact
from streams.trends.made_of_models import MODEL_READINGS
from streams.trends.made_of_samples import SAMPLE_READINGS


@dataclass(frozen=True, slots=True)
class Record:
    """A record as the broker gave it."""

    topic: str
    """Name in the registry."""
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]
    stamp: datetime
    """When the broker got it, in UTC."""


Reading = tuple[type[Growing], Callable[[Any], dict[str, Any]]]
"""The part of a payload that counts need, and what it gives."""
READINGS: Mapping[str, Reading] = {**SAMPLE_READINGS, **MODEL_READINGS}
"""By topic; one for every topic of the registry (a test holds them equal)."""


def short_type(topic: Topic) -> str:
    """Return the type that facts of a topic have: `item.drafted`."""
    return f"{topic.entity}.{topic.verb}"


def fact_of(record: Record) -> Fact:
    """Return the fact of a record; the same record always gives the same one."""
    topic = REGISTRY[record.topic]
    try:
        event = _event(record)
        part, fields = READINGS[record.topic]
        found = fields(topic.read(event, part))
        at = _date(event.time) if event.time else record.stamp
    except EventInvalid:
        return _unreadable(record)
    known = {"_id": event.id, "type": short_type(topic), "topic": topic.name, "subject": event.subject}
    return {**known, "time": event.time, "at": at, **found}


def _event(record: Record) -> Event:
    headers: list[Header] = [(name, text) for name, text in record.headers if text is not None]
    return Event.from_record(record.topic, record.key, record.value, headers)


def _date(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise EventInvalid(f"an event's time is no time ({len(text)} characters)") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _unreadable(record: Record) -> Fact:
    """The name holds the bytes' digest: a log that was made anew has the same offsets again."""
    content = digest((record.key or b"") + b"|" + (record.value or b""))
    place = f"{record.topic}|{record.partition}|{record.offset}"
    return {
        "_id": event_id(UNREADABLE, place, content),
        "type": UNREADABLE,
        "topic": record.topic,
        "subject": place,
        "time": record.stamp.isoformat(),
        "at": record.stamp,
        "partition": record.partition,
        "offset": record.offset,
    }
