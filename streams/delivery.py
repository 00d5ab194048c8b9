"""A record in our hands, and the table of records in flight: pure bookkeeping, no broker, no clock of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from streams.broker import Position
from streams.events import Event, Header
from streams.watermark import Watermark


@dataclass(frozen=True, eq=False)
class Delivery:
    """One record as it was read; `event` parses on first use and raises EventInvalid."""

    position: Position
    key: bytes | None
    value: bytes | None
    headers: tuple[Header, ...]
    assignment: int
    """Which assignment of the partition it was read under; an older one is never committed."""

    @cached_property
    def event(self) -> Event:
        """The record as an event."""
        return Event.from_record(self.position.topic, self.key, self.value, self.headers)

    @property
    def span(self) -> Any:
        """The span of what is done with the record now; None where its trace is not followed."""
        return self.__dict__.get("_span")

    def carry(self, span: Any) -> None:
        """Keep the span that a loop has opened for the record, or let it go with None."""
        self.__dict__["_span"] = span


Partition = tuple[str, int]


@dataclass
class _Assigned:
    number: int
    watermark: Watermark = field(default_factory=Watermark)
    committed: int | None = None


class InFlight:
    """Bounded table of records in flight over all assigned partitions; used by the poll thread, the client's thread
    and the loop."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._lock = threading.Condition(threading.Lock())
        self._partitions: dict[Partition, _Assigned] = {}
        self._running = 0
        self._assignments = 0

    @property
    def room(self) -> int:
        """How many more records may be taken; those of revoked partitions still count while they run."""
        with self._lock:
            return max(0, self.limit - self._running)

    @property
    def running(self) -> int:
        """Records taken and not settled."""
        with self._lock:
            return self._running

    def await_room(self, seconds: float) -> bool:
        """Wait until another record may be taken, at most so long; returns whether one may."""
        with self._lock:
            return self._lock.wait_for(lambda: self._running < self.limit, seconds)

    def assign(self, partitions: Iterable[Partition]) -> None:
        """Partitions are ours from now on."""
        with self._lock:
            for partition in partitions:
                self._assignments += 1
                self._partitions[partition] = _Assigned(self._assignments)

    def revoke(self, partitions: Iterable[Partition]) -> None:
        """Partitions are ours no more: what runs may finish, nothing of it is committed."""
        with self._lock:
            for partition in partitions:
                self._partitions.pop(partition, None)

    def revoke_all(self) -> None:
        """The membership ended."""
        with self._lock:
            self._partitions.clear()

    def assignment(self, partition: Partition) -> int | None:
        """Return the number of the partition's current assignment, None when it is not ours."""
        with self._lock:
            found = self._partitions.get(partition)
            return found.number if found else None

    def start(self, deliveries: Iterable[Delivery]) -> list[Delivery]:
        """Take records in; those of a partition revoked since they were read are left out.

        Raises ValueError when a partition is not read in rising order (its log was made anew): none is taken then, and
        every partition has to be assigned again.
        """
        taken = []
        with self._lock:
            for one in deliveries:
                assigned = self._partitions.get((one.position.topic, one.position.partition))
                if assigned is not None and assigned.number == one.assignment:
                    assigned.watermark.start(one.position.offset)
                    taken.append(one)
            self._running += len(taken)
        return taken

    def finish(self, one: Delivery) -> bool:
        """A record is settled; returns whether it still counts towards a commit."""
        with self._lock:
            self._running -= 1
            self._lock.notify_all()
            assigned = self._partitions.get((one.position.topic, one.position.partition))
            if assigned is None or assigned.number != one.assignment:
                return False
            assigned.watermark.finish(one.position.offset)
            return True

    def committable(self) -> dict[Partition, int]:
        """Return the offsets that have moved since they were last committed."""
        with self._lock:
            found = {}
            for partition, assigned in self._partitions.items():
                offset = assigned.watermark.committable
                if offset is not None and offset != assigned.committed:
                    found[partition] = offset
            return found

    def committed(self, offsets: dict[Partition, int]) -> None:
        """Note what a successful commit covered."""
        with self._lock:
            for partition, offset in offsets.items():
                if partition in self._partitions:
                    self._partitions[partition].committed = offset
