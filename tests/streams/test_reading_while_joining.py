"""A consumer group in which a member died and another joins: who lives reads on, and the rebalance comes to its end."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from streams.broker import Broker
from streams.publisher import Publisher
from tests.streams.conftest import event

MEMBER = """
import os, sys
from pydantic import SecretStr
from streams.broker import Broker, BrokerSettings
settings = BrokerSettings.model_validate_json(sys.argv[1]).model_copy(update={"password": SecretStr(os.environ["KEY"])})
broker = Broker(settings)
consumer = broker.consumer("draft")
consumer.subscribe([broker.wire_name("planned")])
while True:
    consumer.poll(timeout_ms=50, max_records=1)
"""
SESSION = 6.0
"""Session time-out of the test's broker: how long the group waits for a member that was killed."""


WORK = 0.01
"""Seconds that a record costs, so that there are some until the end."""


class Reader:
    """A consumer that takes one record a poll, and notes how long it got none."""

    def __init__(self, broker: Broker) -> None:
        self._consumer = broker.consumer("draft")
        self._consumer.subscribe([broker.wire_name("planned")])
        self.read = 0
        self._longest = 0.0
        self._last = time.monotonic()

    @property
    def longest(self) -> float:
        """The longest time without a record, the one that still lasts included."""
        return max(self._longest, time.monotonic() - self._last)

    @property
    def partitions(self) -> int:
        return len(self._consumer.assignment())

    def poll(self) -> None:
        found: dict[Any, list[Any]] = self._consumer.poll(timeout_ms=50, max_records=1)
        if found:
            now = time.monotonic()
            self._longest, self._last = max(self._longest, now - self._last), now
            self.read += 1
            time.sleep(WORK)

    def begin(self) -> None:
        """Measure from now on."""
        self._longest, self._last = 0.0, time.monotonic()

    def close(self) -> None:
        self._consumer.close(timeout_ms=2_000)


@contextmanager
def member(broker: Broker) -> Iterator[subprocess.Popen[bytes]]:
    """Run a member in a process of its own."""
    settings = broker.settings
    process = subprocess.Popen(
        [sys.executable, "-c", MEMBER, settings.model_dump_json()],
        env={**os.environ, "KEY": settings.password.get_secret_value()},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def poll_until(condition: Callable[[], bool], *readers: Reader, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        for reader in readers:
            reader.poll()


def test_who_lives_reads_on_while_the_group_waits_for_one_that_was_killed(broker: Broker, publisher: Publisher) -> None:
    asyncio.run(publisher.publish([event("planned", number) for number in range(6_000)]))
    lives = Reader(broker)
    joins: Reader | None = None
    try:
        poll_until(lambda: lives.partitions == 16, lives)
        with member(broker) as dies:
            poll_until(lambda: lives.partitions == 8, lives)
            dies.kill()
            dies.wait()
        lives.begin()
        joins = Reader(broker)
        # The join of the new member ends when the dead one's session does: for so long it has no partition.
        began = time.monotonic()
        poll_until(lambda: joins.partitions > 0 and lives.partitions == 8, lives, joins)
        waited = time.monotonic() - began
        assert waited > SESSION / 2, "there was no long join, so nothing was tried"
        assert lives.longest < waited / 3
        assert joins.partitions + lives.partitions == 16
        more = joins.read
        poll_until(lambda: joins.read > more + 10, lives, joins)
    finally:
        lives.close()
        if joins is not None:
            joins.close()
