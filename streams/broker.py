"""The broker's client: settings, topics, offsets, consumers and the publisher. kafka-python stays behind this file.

Kafka is spoken through one small seam so that another client can take its place; the contract suite of the broker
runs against this file's public names only.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import OffsetSpec
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.errors import (
    KafkaConnectionError,
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    RetriableError,
    TopicAlreadyExistsError,
)
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from streams.errors import DependencyDown, EventTooLarge
from streams.events import Event, Header
from streams.topics import LARGEST_DEAD_LETTER, specs

log = logging.getLogger(__name__)

BATCH_BYTES = 256 << 10
"""Of records that are sent together, at most."""
SETTLING_SECONDS = 3.0
"""How long what the broker is only just making is waited for."""
_TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)


class BrokerSettings(BaseSettings):
    """How to reach Kafka and how our topics are named on it."""

    model_config = SettingsConfigDict(env_prefix="SPINESTREAM_KAFKA_", extra="ignore")

    bootstrap: str = Field(default="", description="Comma separated host:port; empty means the embedded broker.")
    prefix: str = Field(
        default="spinestream.", description="Goes before every topic and group name of this deployment."
    )
    protocol: str = Field(
        default="PLAINTEXT",
        pattern="^(PLAINTEXT|SSL|SASL_PLAINTEXT|SASL_SSL)$",
        description="How the connection is secured: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL.",
    )
    mechanism: str = Field(default="", description="SASL mechanism: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.")
    username: str = Field(default="", description="SASL user.")
    password: SecretStr = Field(default=SecretStr(""), description="SASL password, from the environment or a file.")
    replication: int = Field(default=1, ge=1, le=7, description="Replicas of each topic when we create it.")
    session_timeout_ms: int = Field(
        default=10_000, ge=1_000, le=300_000, description="A silent consumer is dead after this."
    )
    connect_timeout_ms: int = Field(
        default=10_000, ge=100, le=60_000, description="A broker that does not answer a new client by then is down."
    )
    compression: str = Field(default="lz4", description="Compression of produced batches: lz4, gzip or none.")

    def client(self) -> dict[str, Any]:
        """Return what every kafka-python client is given."""
        common: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap.split(","),
            "bootstrap_timeout_ms": self.connect_timeout_ms,
            "reconnect_backoff_ms": 50,
            "reconnect_backoff_max_ms": 1_000,
            "retry_backoff_ms": 100,
        }
        common["security_protocol"] = self.protocol
        if self.protocol.startswith("SASL"):
            common |= {
                "sasl_mechanism": self.mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password.get_secret_value(),
            }
        return common


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Where a record lies in the log."""

    topic: str
    """Name in the registry, without the prefix."""
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class PartitionState:
    """What the broker says of one partition and one group."""

    start: int
    """Oldest offset the log still holds."""
    end: int
    """Offset the next record will get."""
    committed: int | None


class Broker:
    """Administration and factories; cheap to make, connects when used."""

    def __init__(self, settings: BrokerSettings) -> None:
        self.settings = settings

    def wire_name(self, name: str) -> str:
        """Return the name a topic or group has on the broker."""
        return self.settings.prefix + name

    def registry_name(self, wire: str) -> str:
        """Return the registry's name of a topic on the broker."""
        return wire.removeprefix(self.settings.prefix)

    @contextlib.contextmanager
    def _admin(self) -> Iterator[Any]:
        """Lend an administration client; what goes wrong with it is the broker being away."""
        try:
            admin = KafkaAdminClient(**self.settings.client(), client_id="spinestream-admin", request_timeout_ms=10_000)
            with contextlib.closing(admin):
                yield admin
        except KafkaError as error:
            raise DependencyDown("kafka", type(error).__name__) from error

    def ensure_topics(self) -> list[str]:
        """Create the registry's topics that are missing; returns the names created. Safe to call at any time."""
        with self._admin() as admin:
            there = set(admin.list_topics())
            missing = [spec for spec in specs() if self.wire_name(spec.name) not in there]
            for spec in missing:
                self._create(admin, self.wire_name(spec.name), spec.partitions, dict(spec.config))
        return [spec.name for spec in missing]

    def _create(self, admin: Any, name: str, partitions: int, config: dict[str, str]) -> None:
        options = {"num_partitions": partitions, "replication_factor": self.settings.replication, "configs": config}
        try:
            admin.create_topics({name: options}, timeout_ms=10_000, wait_for_metadata=True)
        except TopicAlreadyExistsError:
            log.debug("topic %s was created by someone else meanwhile", name)

    def states(self, group: str, topics: Iterable[str]) -> dict[tuple[str, int], PartitionState]:
        """Return start, end and committed offset of every partition of `topics` for `group`.

        What is only on its way (a group's coordinator, a topic just made) is waited for a moment.
        """
        deadline = time.monotonic() + SETTLING_SECONDS
        names = [self.wire_name(topic) for topic in topics]
        with self._admin() as admin:
            while True:
                try:
                    return self._states(admin, self.wire_name(group), names)
                except RetriableError:
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(0.1)

    def _states(self, admin: Any, group: str, topics: Sequence[str]) -> dict[tuple[str, int], PartitionState]:
        described = admin.describe_topics(list(topics))
        partitions = [
            TopicPartition(topic["name"], part["partition_index"])
            for topic in described
            for part in topic["partitions"]
        ]
        starts = admin.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.EARLIEST))
        ends = admin.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.LATEST))
        committed = admin.list_group_offsets({group: None}).get(group, {})
        found = {}
        for one in partitions:
            offset = committed[one].offset if one in committed else -1
            name = self.registry_name(one.topic)
            found[name, one.partition] = PartitionState(
                _offset(starts[one]), _offset(ends[one]), offset if offset >= 0 else None
            )
        return found

    def lag(self, group: str, topics: Iterable[str]) -> int:
        """Return how many records of `topics` the group has not committed."""
        return sum(max(0, s.end - max(s.committed or 0, s.start)) for s in self.states(group, topics).values())

    def consumer(self, group: str) -> Any:
        """Return a kafka-python consumer of ours: earliest, manual commits, cooperative rebalance."""
        consumer = KafkaConsumer(
            **self.settings.client(),
            group_id=self.wire_name(group),
            client_id=f"spinestream-{group}",
            auto_offset_reset="earliest",
            partition_assignment_strategy=[CooperativeStickyAssignor],
            enable_auto_commit=False,
            session_timeout_ms=self.settings.session_timeout_ms,
            heartbeat_interval_ms=max(300, self.settings.session_timeout_ms // 4),
            max_poll_interval_ms=300_000,
            fetch_max_wait_ms=100,
            metadata_max_age_ms=10_000,
            max_partition_fetch_bytes=4 << 20,
            allow_auto_create_topics=False,
        )
        _finish_every_join(consumer)
        return consumer


def _finish_every_join(consumer: Any) -> None:
    """Keep a consumer from forgetting a join that outlasts the poll it was begun in.

    kafka-python 3.0.12 asks whether a join is needed before it takes up the answer of the one on its way. One that new
    metadata caused is needed no more by then; its answer is never taken up, and the member stays half joined: no
    heartbeat, no commit, a poll that returns at once.
    """
    coordinator = consumer._coordinator  # noqa: SLF001 - the client gives no other way
    needed = coordinator.need_rejoin
    coordinator.need_rejoin = lambda: coordinator.rejoining or needed()


def _offset(found: Any) -> int:
    return int(found.offset if hasattr(found, "offset") else found)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to publish: an event of ours, or bytes that go out exactly as they came in."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[Header, ...]

    @classmethod
    def of(cls, event: Event) -> Outgoing:
        """Return the record of an event."""
        return cls(event.topic, event.key.encode(), event.value, tuple(event.headers()))


class Publisher:
    """Publishes records and says where each came to lie, once the broker has acknowledged it.

    One thread owns the idempotent producer, since `send` may block on metadata. A record is sent again until it is
    acknowledged (redelivery is harmless: ids); after a broker that forgot our producer id the producer is made anew.
    """

    def __init__(self, broker: Broker, linger_ms: int = 4, patience_ms: int = 10_000) -> None:
        """`patience_ms` bounds the wait for a topic that the broker does not know."""
        self._broker = broker
        self._linger_ms = linger_ms
        self._patience_ms = patience_ms
        self._closed = False
        self._down_until = 0.0
        self._inbox: queue.SimpleQueue[tuple[Outgoing, asyncio.AbstractEventLoop, asyncio.Future[Position]] | None]
        self._inbox = queue.SimpleQueue()
        self._producer: Any = None
        self._thread = threading.Thread(target=self._work, name="publisher", daemon=True)
        self._thread.start()

    async def publish(self, records: Sequence[Event | Outgoing]) -> list[Position]:
        """Publish and wait for every acknowledgement.

        Raises DependencyDown when the broker does not answer in time, EventTooLarge when it does not take a record.
        """
        if self._closed:
            raise DependencyDown("kafka", "this publisher was closed")
        loop = asyncio.get_running_loop()
        futures: list[asyncio.Future[Position]] = []
        for record in records:
            future: asyncio.Future[Position] = loop.create_future()
            self._inbox.put((Outgoing.of(record) if isinstance(record, Event) else record, loop, future))
            futures.append(future)
        return list(await asyncio.gather(*futures))

    def close(self) -> None:
        """Flush and stop."""
        self._closed = True
        self._inbox.put(None)
        self._thread.join(timeout=15)

    def _work(self) -> None:
        while (job := self._inbox.get()) is not None:
            record, loop, future = job
            try:
                self._send(record, loop, future)
            except Exception as error:  # noqa: BLE001 - a publisher thread that ended would leave every caller waiting
                self._fail(loop, future, error)
        last = self._producer
        if last is not None:
            last.close(timeout=10)

    def _send(self, record: Outgoing, loop: asyncio.AbstractEventLoop, future: asyncio.Future[Position]) -> None:
        if self._producer is None:
            self._producer = self._connect()
        producer = self._producer
        wire = self._broker.wire_name(record.topic)
        # The client refuses a record with neither key nor value, which Kafka itself takes: its value goes out empty.
        value = b"" if record.key is None and record.value is None else record.value
        sent = producer.send(wire, value=value, key=record.key, headers=list(record.headers))

        def acknowledged(meta: Any) -> None:
            _resolve(loop, future, Position(record.topic, meta.partition, meta.offset))

        def refused(error: BaseException) -> None:
            self._fail(loop, future, _blamed(error, record), producer)

        sent.add_callback(acknowledged)
        sent.add_errback(refused)

    def _fail(self, loop: asyncio.AbstractEventLoop, future: Any, error: BaseException, producer: Any = None) -> None:
        """Tell a caller; `producer` is the one that had the record in hand, which is of no more use."""
        if producer is None and isinstance(error, _TOO_LARGE):
            _resolve(loop, future, EventTooLarge(f"a record of this size is not sent ({error})"))
            return
        log.warning("a record was not acknowledged (%s); the producer is made anew", type(error).__name__)
        if producer is None or producer is self._producer:
            old, self._producer = self._producer, None
            if old is not None:
                threading.Thread(target=_close_quietly, args=(old,), daemon=True).start()
        known = isinstance(error, (DependencyDown, EventTooLarge))
        _resolve(loop, future, error if known else DependencyDown("kafka", type(error).__name__))

    def _connect(self) -> Any:
        """Return a new producer; after a failure no other is tried for a moment, so that a long queue does not wait
        for a time-out each."""
        if time.monotonic() < self._down_until:
            raise KafkaConnectionError("it was not there a moment ago")
        try:
            return self._new_producer()
        except Exception:
            self._down_until = time.monotonic() + 1.0
            raise

    def _new_producer(self) -> Any:
        compression = self._broker.settings.compression
        return KafkaProducer(
            **self._broker.settings.client(),
            client_id="spinestream-publisher",
            acks="all",
            enable_idempotence=True,
            linger_ms=self._linger_ms,
            batch_size=BATCH_BYTES,
            compression_type=None if compression == "none" else compression,
            max_block_ms=self._patience_ms,
            delivery_timeout_ms=30_000,
            request_timeout_ms=10_000,
            max_request_size=LARGEST_DEAD_LETTER,
            metadata_max_age_ms=10_000,
        )


def _blamed(error: BaseException, record: Outgoing) -> BaseException:
    """Return what a refusal means for this record.

    A record that is too large ends an idempotent producer, and all that were on their way fail with its error. One that
    is larger than a batch travels alone, so it is to blame; the others are sent again.
    """
    if isinstance(error, _TOO_LARGE) and len(record.value or b"") > BATCH_BYTES:
        return EventTooLarge(f"the broker does not take a record of {len(record.value or b''):,} bytes")
    return error


def _close_quietly(producer: Any) -> None:
    try:
        producer.close(timeout=1)
    except KafkaError as error:
        log.debug("closing a failed producer: %s", type(error).__name__)


def _resolve(loop: asyncio.AbstractEventLoop, future: Any, outcome: Position | BaseException) -> None:
    def settle() -> None:
        if future.done():
            return
        if isinstance(outcome, BaseException):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)

    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
        loop.call_soon_threadsafe(settle)


def wait_until_reachable(broker: Broker, seconds: float) -> None:
    """Return once the broker answers; raises DependencyDown after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            broker.ensure_topics()
        except DependencyDown:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return
