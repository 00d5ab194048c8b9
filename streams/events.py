"""The envelope: CloudEvents 1.0 in Kafka binary mode (headers `ce_*`, the value is the payload's JSON)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from streams.errors import EventInvalid

SPEC_VERSION = "1.0"
CONTENT_TYPE = b"application/json"
_NEEDED = ("ce_id", "ce_source", "ce_type", "ce_specversion", "ce_subject")
_READ = frozenset({*_NEEDED, "ce_time", "ce_dataschema", "traceparent"})
"""Headers that are ours; what else a record carries is left alone."""

Header = tuple[str, bytes]


def now(ago: timedelta = timedelta(0)) -> str:
    """Return the time (some while ago) as RFC 3339 in UTC with microseconds; such texts sort as their times do."""
    return (datetime.now(UTC) - ago).isoformat(timespec="microseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Event:
    """One fact on its way to (or from) a topic."""

    topic: str
    """Name in the registry, without the deployment's prefix."""
    key: str
    id: str
    type: str
    """`org.spinestream.<entity>.<past verb>.v1`."""
    source: str
    """The role that tells it."""
    subject: str
    """The item, source or decision it is about."""
    time: str
    schema: str
    value: bytes
    traceparent: str | None = None

    def headers(self) -> list[Header]:
        """Return the Kafka headers of this event."""
        pairs = [
            ("ce_id", self.id),
            ("ce_source", self.source),
            ("ce_type", self.type),
            ("ce_specversion", SPEC_VERSION),
            ("ce_time", self.time),
            ("ce_subject", self.subject),
            ("ce_dataschema", self.schema),
        ]
        if self.traceparent:
            pairs.append(("traceparent", self.traceparent))
        return [*((name, text.encode()) for name, text in pairs), ("content-type", CONTENT_TYPE)]

    def within(self, traceparent: str | None) -> Event:
        """Return the event as one of a trace; its parts are named one by one since `replace` takes three times as long
        and every event of a followed trace comes through here twice."""
        return Event(
            self.topic,
            self.key,
            self.id,
            self.type,
            self.source,
            self.subject,
            self.time,
            self.schema,
            self.value,
            traceparent,
        )

    def stored(self) -> dict[str, Any]:
        """Return the event as a document keeps it until it is published."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def from_stored(cls, document: Mapping[str, Any]) -> Event:
        """Read back what `stored` returned."""
        return cls(**{**document, "value": bytes(document["value"])})

    @classmethod
    def from_record(cls, topic: str, key: bytes | None, value: bytes | None, headers: Iterable[Header]) -> Event:
        """Read an event out of a Kafka record; raises EventInvalid naming what is missing."""
        if value is None or key is None:
            raise EventInvalid(f"a record of topic {topic} has no {'value' if value is None else 'key'}")
        try:
            found = {name: text.decode() for name, text in headers if name in _READ}
            key_text = key.decode()
        except UnicodeDecodeError as error:
            raise EventInvalid(f"a record of topic {topic} has a key or header that is not UTF-8") from error
        missing = [name for name in _NEEDED if not found.get(name)]
        if missing:
            raise EventInvalid(f"a record of topic {topic} lacks the envelope headers {', '.join(missing)}")
        return cls(
            topic=topic,
            key=key_text,
            id=found["ce_id"],
            type=found["ce_type"],
            source=found["ce_source"],
            subject=found["ce_subject"],
            time=found.get("ce_time", ""),
            schema=found.get("ce_dataschema", ""),
            value=value,
            traceparent=found.get("traceparent"),
        )
