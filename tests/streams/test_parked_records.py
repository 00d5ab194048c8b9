"""Records that a consumer had fetched of a partition when it was paused are read once it is resumed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from streams.broker import Broker
from streams.publisher import Publisher
from tests.streams.conftest import event

RECORDS = 200


def test_the_rest_of_a_paused_partition_is_read_when_no_other_has_records_any_more(
    broker: Broker, publisher: Publisher
) -> None:
    asyncio.run(publisher.publish([event("planned", number) for number in range(RECORDS)]))
    consumer = broker.consumer("draft")
    read: list[Any] = []

    def poll_until(condition: Callable[[], bool], most: int) -> None:
        deadline = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < deadline, f"{len(read)} of {RECORDS} records were read"
            for where, records in consumer.poll(timeout_ms=50, max_records=most).items():
                read.extend([where] * len(records))

    try:
        consumer.subscribe([broker.wire_name("planned")])
        poll_until(lambda: len(read) > 0, 1)
        [paused] = set(read)
        consumer.pause(paused)
        ends = consumer.end_offsets(list(consumer.assignment()))
        others = RECORDS - ends[paused]
        assert ends[paused] > 1, "nothing was left to be parked"
        poll_until(lambda: sum(where != paused for where in read) == others, RECORDS)
        consumer.resume(paused)
        poll_until(lambda: len(read) == RECORDS, RECORDS)
    finally:
        consumer.close(timeout_ms=2_000)
