"""The one registry of topics: topic creation, JSON Schemas and (later) manifests are generated from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import BaseModel, ValidationError

from generation.ids import event_id
from streams import model_payloads, payloads
from streams.errors import EventInvalid, EventTooLarge
from streams.events import Event, now

TYPE_ROOT = "org.spinestream"
DAY_MS = 86_400_000
LARGEST_VALUE = 900_000
"""Bytes of an event's value, at most: with key and headers it stays below the 1 MiB that brokers take by default."""
LARGEST_DEAD_LETTER = 4 << 20
"""Bytes of a dead-letter record, at most: whatever a topic took fits, with the error headers."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic and the one kind of fact it carries."""

    name: str
    entity: str
    verb: str
    payload: type[BaseModel]
    key: str
    """What the record key is; records of one key keep their order."""
    partitions: int = 4
    retention_ms: int = 14 * DAY_MS
    compacted: bool = False
    version: int = 1

    @property
    def event_type(self) -> str:
        """`org.spinestream.<entity>.<past verb>.v<version>`."""
        return f"{TYPE_ROOT}.{self.entity}.{self.verb}.v{self.version}"

    @property
    def schema_name(self) -> str:
        """File name of the payload's JSON Schema."""
        return f"{self.entity}.{self.verb}.v{self.version}.json"

    def event(self, payload: BaseModel, *, key: str, subject: str, source: str, detail: str = "") -> Event:
        """Make an event of this topic; the same subject and detail give the same event id.

        Raises EventTooLarge when no broker would take it.
        """
        if type(payload) is not self.payload:
            raise TypeError(f"topic {self.name} carries {self.payload.__name__}, not {type(payload).__name__}")
        value = orjson.dumps(payload.model_dump(mode="json", by_alias=True))
        if len(value) > LARGEST_VALUE:
            raise EventTooLarge(
                f"the event of {subject} for topic {self.name} has {len(value):,} bytes, more than the "
                f"{LARGEST_VALUE:,} that may travel"
            )
        return Event(
            topic=self.name,
            key=key,
            id=event_id(self.event_type, subject, detail),
            type=self.event_type,
            source=f"/spinestream/{source}",
            subject=subject,
            time=now(),
            schema=self.schema_name,
            value=value,
        )

    def read(self, event: Event, part: type[BaseModel] | None = None) -> Any:
        """Return the payload of an event of this topic, or the `part` of it that is needed; raises EventInvalid
        without quoting the value."""
        if event.type != self.event_type:
            raise EventInvalid(
                f"event {event.id} on topic {self.name} has type {event.type}, expected {self.event_type}"
            )
        try:
            return (part or self.payload).model_validate_json(event.value)
        except ValidationError as error:
            places = ", ".join(
                sorted({".".join(str(part) for part in one["loc"]) or "value" for one in error.errors()})[:5]
            )
            raise EventInvalid(f"event {event.id} on topic {self.name} does not parse at: {places}") from error

    def config(self) -> dict[str, str]:
        """Return the broker-side settings of the topic."""
        policy = "compact,delete" if self.compacted else "delete"
        return {"cleanup.policy": policy, "retention.ms": str(self.retention_ms)}


ITEM_PARTITIONS = 16
"""Of the topics that engine actors share: as many actors may work on them."""

SOURCES = Topic("sources", "source", "registered", payloads.SourceRegistered, key="source version")
PASSAGES = Topic("passages", "source", "split", payloads.SourceSplit, key="source version")
READINGS = Topic("readings", "source", "read", payloads.SourceRead, key="source version")
PLANS = Topic("plans", "source", "planned", payloads.SourcePlanned, key="source version")
PLANNED = Topic("planned", "item", "planned", payloads.ItemPlanned, key="item id", partitions=ITEM_PARTITIONS)
DRAFTED = Topic("drafted", "item", "drafted", payloads.ItemDrafted, key="item id", partitions=ITEM_PARTITIONS)
REVISED = Topic("revised", "item", "revised", payloads.ItemRevised, key="item id", partitions=ITEM_PARTITIONS)
DECISIONS = Topic("decisions", "sample", "decided", payloads.SampleDecided, key="item id", retention_ms=-1)
WITHDRAWALS = Topic(
    "withdrawals", "source", "withdrawn", payloads.SourceWithdrawn, key="source id", partitions=1, retention_ms=-1
)

_FOR_EVER = -1
SNAPSHOT_REQUESTS = Topic(
    "snapshot-requests", "snapshot", "requested", model_payloads.SnapshotRequested, key="request", partitions=1
)
SNAPSHOTS = Topic(
    "snapshots", "snapshot", "made", model_payloads.SnapshotMade, key="snapshot", partitions=1, retention_ms=_FOR_EVER
)
CANDIDATES = Topic(
    "candidates", "adapter", "made", model_payloads.AdapterMade, key="adapter", partitions=1, retention_ms=_FOR_EVER
)
RUNS = Topic("runs", "run", "ended", model_payloads.RunEnded, key="run id", partitions=1, retention_ms=_FOR_EVER)
BENCHES = Topic(
    "benches", "bench", "versioned", model_payloads.BenchVersioned, key="bench", partitions=1, retention_ms=_FOR_EVER
)
COMPARISONS = Topic(
    *("comparisons", "comparison", "made", model_payloads.ComparisonMade),
    key="comparison",
    partitions=1,
    retention_ms=_FOR_EVER,
)
JUDGEMENTS = Topic(
    *("judgements", "candidate", "judged", model_payloads.CandidateJudged),
    key="comparison",
    partitions=1,
    retention_ms=_FOR_EVER,
)
PROMOTIONS = Topic(
    "promotions", "model", "promoted", model_payloads.ModelPromoted, key="model", partitions=1, retention_ms=_FOR_EVER
)
ROUTES = Topic(
    "routes", "route", "flipped", model_payloads.RouteFlipped, key="route", partitions=1, retention_ms=_FOR_EVER
)

SAMPLE_TOPICS = (SOURCES, PASSAGES, READINGS, PLANS, PLANNED, DRAFTED, REVISED, DECISIONS, WITHDRAWALS)
"""From a source to a decision."""
MODEL_TOPICS = (
    SNAPSHOT_REQUESTS,
    SNAPSHOTS,
    CANDIDATES,
    RUNS,
    BENCHES,
    COMPARISONS,
    JUDGEMENTS,
    PROMOTIONS,
    ROUTES,
)
"""From decisions to the model that answers."""
REGISTRY: Mapping[str, Topic] = {topic.name: topic for topic in (*SAMPLE_TOPICS, *MODEL_TOPICS)}

GROUPS = ("intake", "read", "plan", "draft", "revise", "store", "snapshots", "trainer", "scorer", "gate", "routes")
"""Consumer groups; each has one dead-letter topic."""


_DEAD_LETTERS = "deadletters."


def dead_letter_topic(group: str) -> str:
    """Return the name of a group's dead-letter topic."""
    return _DEAD_LETTERS + group


def holds_dead_letters(topic: str) -> bool:
    """Tell whether a topic holds dead letters, whose bytes need not be an event."""
    return topic.startswith(_DEAD_LETTERS)


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """What the broker has to create."""

    name: str
    partitions: int
    config: Mapping[str, str]


def specs() -> tuple[TopicSpec, ...]:
    """Return every topic there must be, dead letters included."""
    ours = [TopicSpec(topic.name, topic.partitions, topic.config()) for topic in REGISTRY.values()]
    dead_config = {
        "cleanup.policy": "delete",
        "retention.ms": str(90 * DAY_MS),
        "max.message.bytes": str(LARGEST_DEAD_LETTER),
    }
    return (*ours, *(TopicSpec(dead_letter_topic(group), 1, dead_config) for group in GROUPS))


def schemas() -> dict[str, dict[str, Any]]:
    """Return the JSON Schema of every payload, by file name."""
    return {topic.schema_name: topic.payload.model_json_schema(mode="validation") for topic in REGISTRY.values()}
