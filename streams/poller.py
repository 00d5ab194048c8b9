"""The poll thread of a processing loop: reads, pauses when the table is full, commits the contiguous watermark.

It never waits for a model or a store. kafka-python calls a rebalance listener on its own I/O thread, so the listener
only does bookkeeping; nothing is committed in it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from kafka import TopicPartition
from kafka.consumer.subscription_state import ConsumerRebalanceListener
from kafka.errors import CommitFailedError, RebalanceInProgressError
from kafka.structs import OffsetAndMetadata

from streams.broker import IDLE_MS, Broker, Position
from streams.crash import CrashPoint, crash_point
from streams.delivery import Delivery, InFlight
from streams.events import Header
from streams.logins import why

log = logging.getLogger(__name__)

COMMIT_EVERY = 0.25
FULL_POLL_MS = 20
"""How long a poll may wait while no record may be taken: room is to be noticed soon."""
FULL_SECONDS = 0.2
"""How long the thread rests between two such polls unless there is room: what it does costs the engine beside it."""
GATHER_SECONDS = 0.004
"""How long a little room is left to grow before it is filled."""
LAST_COMMIT_SECONDS = 3.0
"""How long a member that leaves waits for a rebalance to end before it leaves without its last commit."""
LONGEST_REBALANCE = 30.0
"""Seconds after which a member that may not commit because of a rebalance is taken for stuck."""


class Poller:
    """Owns the consumer of one loop on a thread of its own."""

    def __init__(self, broker: Broker, group: str, topics: Sequence[str], table: InFlight) -> None:
        self._broker = broker
        self._group = group
        self._topics = topics
        self._table = table
        self._give: Callable[[Sequence[Delivery]], object] = lambda _: None
        self._stop = threading.Event()
        self._held = threading.Event()
        self._paused = threading.Event()
        self._paused_until = 0.0
        self._refused_since: float | None = None
        self._commit_at_end = True
        self._thread = threading.Thread(target=self._live, name=f"poll-{group}", daemon=True)

    def start(self, give: Callable[[Sequence[Delivery]], object]) -> None:
        """Begin to read; `give` is called from the poll thread with what was read."""
        self._give = give
        self._thread.start()

    def hold(self) -> None:
        """Read no more, but keep the membership and go on committing."""
        self._held.set()

    def pause(self) -> None:
        """Read no more until `resume`."""
        self._paused.set()

    def resume(self) -> None:
        """Read again."""
        self._paused.clear()

    def pause_for(self, seconds: float) -> None:
        """Read nothing for a while: a dependency is down."""
        self._paused_until = time.monotonic() + seconds

    def stop(self, commit: bool) -> None:
        """End the thread; `commit` says whether what is finished is still committed."""
        self._commit_at_end = commit
        self._stop.set()
        self._thread.join(timeout=20)

    def _live(self) -> None:
        """Keep a consumer; one that fails is replaced (a broker that lost its topics makes clients fail in many
        ways)."""
        while not self._stop.is_set():
            try:
                consumer = self._broker.consumer(self._group)
            except Exception as error:  # noqa: BLE001 - a poll thread that ended in silence would look healthy
                log.warning("group %s: no consumer (%s)", self._group, why(error))
                self._stop.wait(0.5)
                continue
            try:
                self._poll_forever(consumer)
            except Exception as error:  # noqa: BLE001 - a client in trouble fails in any way; none may end the thread
                log.warning("group %s: consumer is made anew after %s (%s)", self._group, type(error).__name__, error)
                self._stop.wait(0.3)
            finally:
                self._close(consumer)

    def _poll_forever(self, consumer: Any) -> None:
        names = [self._broker.wire_name(topic) for topic in self._topics]
        self._await_topics(consumer, names)
        consumer.subscribe(names, listener=_Listener(self._broker, self._table))
        self._refused_since = None
        last_commit = time.monotonic()
        while not self._stop.is_set():
            room = self._flow(consumer)
            if not room:
                room = self._rest(consumer)
            if 0 < room < self._table.limit // 4:
                # A poll costs the same for one record as for many.
                self._stop.wait(GATHER_SECONDS)
                room = self._table.room
            found = consumer.poll(timeout_ms=IDLE_MS if room else FULL_POLL_MS, max_records=max(1, room))
            if found and room and not self._stands():
                self._hand_over(found)
            elif found:
                self._put_back(consumer, found)
            if time.monotonic() - last_commit >= COMMIT_EVERY:
                self._commit(consumer)
                last_commit = time.monotonic()
        if self._commit_at_end:
            self._commit_last(consumer)

    def _commit_last(self, consumer: Any) -> None:
        """Commit what is finished before leaving; where others come or leave just then, once that has ended: nothing is
        lost without it, but the next owner would do these records again."""
        deadline = time.monotonic() + LAST_COMMIT_SECONDS
        self._commit(consumer)
        while self._table.committable() and time.monotonic() < deadline:
            self._put_back(consumer, consumer.poll(timeout_ms=FULL_POLL_MS, max_records=1))
            self._commit(consumer)

    def _rest(self, consumer: Any) -> int:
        """Wait for room where none is; returns how many records may be read."""
        if self._stands():
            self._stop.wait(FULL_SECONDS / 4)
        else:
            self._table.await_room(FULL_SECONDS)
        return self._flow(consumer)

    def _await_topics(self, consumer: Any, names: Sequence[str]) -> None:
        """Return once every topic is known: a member that leads its group without having metadata assigns nothing."""
        while not self._stop.is_set():
            if all(consumer.partitions_for_topic(name) for name in names):
                return
            self._stop.wait(0.2)

    def _flow(self, consumer: Any) -> int:
        """Pause or resume by the room in the table; returns how many records may be read."""
        room = 0 if self._stands() else self._table.room
        assigned, paused = consumer.assignment(), consumer.paused()
        if room == 0 and assigned - paused:
            consumer.pause(*(assigned - paused))
        elif room > 0 and paused & assigned:
            consumer.resume(*(paused & assigned))
        return room

    def _stands(self) -> bool:
        """Whether nothing is to be read for now, however much room there is."""
        return self._held.is_set() or self._paused.is_set() or time.monotonic() < self._paused_until

    def _put_back(self, consumer: Any, found: dict[Any, list[Any]]) -> None:
        """Read again later what came while nothing was to come: partitions are handed out within a poll, unpaused."""
        for where, records in found.items():
            if where in consumer.assignment():
                consumer.seek(where, records[0].offset)

    def _hand_over(self, found: dict[Any, list[Any]]) -> None:
        read = []
        for where, records in found.items():
            topic = self._broker.registry_name(where.topic)
            assignment = self._table.assignment((topic, where.partition))
            if assignment is None:
                # Passing over them could let the watermark move beyond them: let the consumer begin again.
                raise LookupError(f"records of {topic} {where.partition} came while it was not assigned")
            read += [
                Delivery(Position(topic, where.partition, one.offset), one.key, one.value, _headers(one), assignment)
                for one in records
            ]
        taken = self._table.start(read)
        if taken:
            self._give(taken)

    def _commit(self, consumer: Any) -> None:
        offsets = self._table.committable()
        if not offsets:
            return
        wanted = {
            TopicPartition(self._broker.wire_name(topic), partition): OffsetAndMetadata(offset, "", -1)
            for (topic, partition), offset in offsets.items()
        }
        try:
            consumer.commit(wanted, timeout_ms=5_000)
        except RebalanceInProgressError:
            # It is made again when the rebalance has ended; a member for which none ends is replaced.
            self._refused_since = self._refused_since or time.monotonic()
            if time.monotonic() - self._refused_since > LONGEST_REBALANCE:
                raise
        except CommitFailedError:
            log.info("group %s: a commit came after a rebalance; the new owner reads these records again", self._group)
        else:
            self._refused_since = None
            self._table.committed(offsets)

    def _close(self, consumer: Any) -> None:
        try:
            consumer.close(timeout_ms=3_000)
        except Exception as error:  # noqa: BLE001 - it is thrown away
            log.debug("group %s: closing its consumer: %s", self._group, type(error).__name__)
        self._table.revoke_all()


def _headers(record: Any) -> tuple[Header, ...]:
    """Return a record's headers; one without a value counts as empty, since the client cannot send such a one again."""
    return tuple((name, b"" if text is None else bytes(text)) for name, text in record.headers)


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    def __init__(self, broker: Broker, table: InFlight) -> None:
        self._broker = broker
        self._table = table

    def _names(self, partitions: Iterable[Any]) -> list[tuple[str, int]]:
        return [(self._broker.registry_name(one.topic), one.partition) for one in partitions]

    def on_partitions_revoked(self, revoked: Iterable[Any]) -> None:
        crash_point(CrashPoint.IN_REBALANCE)
        self._table.revoke(self._names(revoked))

    def on_partitions_assigned(self, assigned: Iterable[Any]) -> None:
        self._table.assign(self._names(assigned))
        crash_point(CrashPoint.IN_REBALANCE)
