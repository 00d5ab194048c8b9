"""The broker's client: settings, topics, offsets, consumers. kafka-python stays behind it and `publisher`.

Kafka is spoken through one small seam so that another client can take its place; the contract suite of the broker
runs against the public names of these two files only.
"""

from __future__ import annotations

import contextlib
import logging
import ssl
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.admin import OffsetSpec
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.errors import (
    KafkaError,
    RetriableError,
    TopicAlreadyExistsError,
)
from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from streams.errors import DependencyDown, LoginUnusable
from streams.logins import check_kafka, read_secret, why
from streams.mended_consumer import mend
from streams.topics import TopicSpec, specs

log = logging.getLogger(__name__)

IDLE_MS = 500
"""How long a consumer without records waits in one go; it returns as soon as there are some. Every turn of an idle
consumer wakes three threads that want the interpreter from the engine beside them, and the broker: 100 ms cost an
engine 4 % of its core."""
SETTLING_SECONDS = 3.0
"""How long what the broker is only just making is waited for."""


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
    password: SecretStr = Field(default=SecretStr(""), description="SASL password; better in a file.")
    password_file: str = Field(
        default="", description="File that holds the SASL password; read again for every new client."
    )
    ca_file: str = Field(
        default="", description="PEM file of the authorities whose brokers are trusted; empty: those of the system."
    )
    certificate_file: str = Field(default="", description="PEM file of the client's certificate, where brokers ask.")
    key_file: str = Field(default="", description="PEM file of that certificate's key, without a passphrase.")
    replication: int = Field(default=1, ge=1, le=7, description="Replicas of each topic when we create it.")
    session_timeout_ms: int = Field(
        default=10_000, ge=1_000, le=300_000, description="A silent consumer is dead after this."
    )
    connect_timeout_ms: int = Field(
        default=10_000, ge=100, le=60_000, description="A broker that does not answer a new client by then is down."
    )
    compression: str = Field(default="lz4", description="Compression of produced batches: lz4, gzip or none.")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """Refuse a login or certificates that are half set."""
        check_kafka(
            protocol=self.protocol,
            mechanism=self.mechanism,
            username=self.username,
            password=self.password.get_secret_value(),
            password_file=self.password_file,
            ca_file=self.ca_file,
            certificate_file=self.certificate_file,
            key_file=self.key_file,
        )
        return self

    def secret(self) -> str:
        """Return the SASL password, from its file where one is named; raises LoginUnusable."""
        if self.password_file:
            return read_secret(self.password_file, "SPINESTREAM_KAFKA_PASSWORD_FILE")
        return self.password.get_secret_value()

    def tls(self) -> ssl.SSLContext | None:
        """Return what checks the brokers and shows our certificate, None for a protocol without TLS.

        TLS 1.2 or newer; a broker's certificate has to name the host that it is reached by.
        """
        if not self.protocol.endswith("SSL"):
            return None
        context = ssl.create_default_context(cafile=self.ca_file or None)
        if self.certificate_file:
            context.load_cert_chain(self.certificate_file, self.key_file)
        return context

    def client(self) -> dict[str, Any]:
        """Return what every kafka-python client is given; raises LoginUnusable where the password's file is gone.

        Certificates go by their files: the client reads them again for every connection.
        """
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
                "sasl_plain_password": self.secret(),
            }
        if self.protocol.endswith("SSL"):
            files = {"ssl_cafile": self.ca_file, "ssl_certfile": self.certificate_file, "ssl_keyfile": self.key_file}
            common |= {name: path for name, path in files.items() if path}
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
        self._lock = threading.Lock()
        self._client: Any = None

    def wire_name(self, name: str) -> str:
        """Return the name a topic or group has on the broker."""
        return self.settings.prefix + name

    def registry_name(self, wire: str) -> str:
        """Return the registry's name of a topic on the broker."""
        return wire.removeprefix(self.settings.prefix)

    @contextlib.contextmanager
    def _admin(self) -> Iterator[Any]:
        """Lend the administration client, to one at a time; what goes wrong with it is the broker being away.

        It is kept, because a login costs both sides more than what is asked; after any error the next one is new.
        """
        with self._lock:
            try:
                if self._client is None:
                    self._client = KafkaAdminClient(
                        **self.settings.client(), client_id="spinestream-admin", request_timeout_ms=10_000
                    )
                yield self._client
            except BaseException as error:
                self._drop()
                if isinstance(error, (KafkaError, LoginUnusable)):
                    raise DependencyDown("kafka", why(error)) from error
                raise

    def close(self) -> None:
        """Give back the connection for administration; the next question opens another."""
        with self._lock:
            self._drop()

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(KafkaError):
                client.close()

    def ensure_topics(self) -> list[str]:
        """Create the registry's topics that are missing; returns the names created. Safe to call at any time."""
        with self._admin() as admin:
            missing = self._missing(admin)
            for spec in missing:
                self._create(admin, self.wire_name(spec.name), spec.partitions, dict(spec.config))
        return [spec.name for spec in missing]

    def missing_topics(self) -> list[str]:
        """Return the names of the registry's topics that are not there; raises DependencyDown."""
        with self._admin() as admin:
            return [spec.name for spec in self._missing(admin)]

    def _missing(self, admin: Any) -> list[TopicSpec]:
        there = set(admin.list_topics())
        return [spec for spec in specs() if self.wire_name(spec.name) not in there]

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
            fetch_max_wait_ms=IDLE_MS,
            metadata_max_age_ms=10_000,
            max_partition_fetch_bytes=4 << 20,
            allow_auto_create_topics=False,
        )
        mend(consumer)
        return consumer


def _offset(found: Any) -> int:
    return int(found.offset if hasattr(found, "offset") else found)
