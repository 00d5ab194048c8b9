"""A poll thread that leaves, with a consumer whose group rebalances just then."""

from __future__ import annotations

import queue
import time
from typing import Any

from kafka import TopicPartition
from kafka.errors import RebalanceInProgressError

from streams.delivery import Delivery, InFlight
from streams.poller import Poller

WHERE = TopicPartition("planned", 0)


class Record:
    """A record as the client returns it."""

    offset = 7
    key = b"item-1"
    value = b"{}"
    headers = ()


class Rebalancing:
    """A consumer that owns one partition with one record, and refuses every commit until it was polled often enough
    after `leaving` was set."""

    def __init__(self, polls: int) -> None:
        self.polls_to_go = polls
        self.leaving = False
        self.given = False
        self.refused = 0
        self.committed: dict[Any, Any] = {}

    def partitions_for_topic(self, name: str) -> set[int]:
        return {0}

    def subscribe(self, names: list[str], listener: Any) -> None:
        listener.on_partitions_assigned([WHERE])

    def assignment(self) -> set[TopicPartition]:
        return {WHERE}

    def paused(self) -> set[TopicPartition]:
        return set()

    def pause(self, *where: TopicPartition) -> None:
        pass

    def poll(self, timeout_ms: float, max_records: int) -> dict[TopicPartition, list[Record]]:
        if self.leaving:
            self.polls_to_go -= 1
        if self.given:
            time.sleep(min(timeout_ms, 20) / 1000)
            return {}
        self.given = True
        return {WHERE: [Record()]}

    def commit(self, offsets: dict[Any, Any], timeout_ms: int) -> None:
        if self.polls_to_go > 0:
            self.refused += 1
            raise RebalanceInProgressError
        self.committed |= offsets

    def close(self, timeout_ms: int) -> None:
        pass


class OneConsumer:
    """A broker that knows this consumer."""

    def __init__(self, consumer: Rebalancing) -> None:
        self._consumer = consumer

    def consumer(self, group: str) -> Rebalancing:
        return self._consumer

    def wire_name(self, name: str) -> str:
        return name

    def registry_name(self, name: str) -> str:
        return name


def leave(consumer: Rebalancing) -> None:
    """Read the record, settle it and leave the group."""
    table = InFlight(4)
    poller = Poller(OneConsumer(consumer), "draft", ["planned"], table)  # type: ignore[arg-type]
    arrived: queue.Queue[Delivery] = queue.Queue()
    poller.start(lambda found: [arrived.put(one) for one in found])
    table.finish(arrived.get(timeout=10))
    poller.hold()
    consumer.leaving = True
    poller.stop(commit=True)


def test_the_last_commit_waits_for_a_rebalance_to_end() -> None:
    consumer = Rebalancing(polls=20)
    leave(consumer)
    assert consumer.refused > 0
    assert consumer.committed[WHERE].offset == 8


def test_a_rebalance_that_never_ends_does_not_keep_a_member_that_leaves() -> None:
    consumer = Rebalancing(polls=1_000_000)
    began = time.monotonic()
    leave(consumer)
    assert not consumer.committed
    assert time.monotonic() - began < 10
