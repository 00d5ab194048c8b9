"""The publisher: sends records and says where each came to lie."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kafka import KafkaProducer
from kafka.errors import (
    KafkaConnectionError,
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
)

from streams.broker import Broker, Position
from streams.errors import DependencyDown, EventTooLarge
from streams.events import Event, Header
from streams.logins import why
from streams.telemetry import metering, tracing
from streams.telemetry.instruments import SENT
from streams.topics import LARGEST_DEAD_LETTER

log = logging.getLogger(__name__)

BATCH_BYTES = 256 << 10
"""Of records that are sent together, at most."""
_TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)


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
        spans = tracing.active()
        if spans is None:
            places = await self._sent(records)
        else:
            told, opened = spans.sends(records)
            error: str | None = "cancelled"
            try:
                places = await self._sent(told)
                error = None
            except Exception as failed:
                error = type(failed).__name__
                raise
            finally:
                for span in opened:
                    spans.end(span, error)
        if metering.on():
            for topic, number in Counter(record.topic for record in records).items():
                metering.count(SENT, number, topic)
        return places

    async def _sent(self, records: Sequence[Event | Outgoing]) -> list[Position]:
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
        log.warning("a record was not acknowledged (%s); the producer is made anew", why(error))
        if producer is None or producer is self._producer:
            old, self._producer = self._producer, None
            if old is not None:
                threading.Thread(target=_close_quietly, args=(old,), daemon=True).start()
        known = isinstance(error, (DependencyDown, EventTooLarge))
        _resolve(loop, future, error if known else DependencyDown("kafka", why(error)))

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
