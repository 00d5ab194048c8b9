"""A loop on a real broker: the header travels, a span a record, numbers; a dependency that is back is waited for no
more."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from kafka import KafkaConsumer, TopicPartition
from pymongo.errors import AutoReconnect

from streams.delivery import Delivery
from streams.outcomes import Dead, Done, Outcome
from streams.telemetry import metering, standing, tracing
from streams.telemetry.instruments import CONSUMED, DEAD_LETTERS, SENT
from streams.telemetry.tally import Tally
from streams.telemetry.traceparent import read
from tests.streams.conftest import FunctionStage, event, until
from tests.streams.telemetry.following import following, id_of, parent_of, trace_of


def test_one_trace_through_kafka(on_bench) -> None:
    async def check(bench) -> None:
        async def handle(one: Delivery) -> Outcome:
            if one.event.subject == "item-2":
                return Dead("encrypted")
            return Done((event("drafted", int(one.event.subject.split("-")[1])),))

        with tracing.source({}) as traceparent:
            events = [replace(event("planned", n), traceparent=traceparent if n < 3 else None) for n in range(6)]
            await bench.publisher.publish(events)
        loop = bench.start(FunctionStage(handle, batch=6, calls=1))
        await until(lambda: loop.counts.done == 5 and loop.counts.dead == 1)
        assert (0.0, ("draft",)) in standing.running()
        await bench.stop()
        assert not standing.running()

    tally = Tally()
    metering.use(tally)
    try:
        with following() as seen:
            on_bench(check)
    finally:
        metering.use(None)
    root = seen.one("take in source")
    assert {trace_of(one) for one in seen.spans} == {trace_of(root)}
    sent = {id_of(one) for one in seen.named("send planned")}
    processed = seen.named("process planned")
    assert (len(sent), len(processed)) == (3, 3)
    assert {parent_of(one) for one in processed} == sent
    done = {id_of(one) for one in processed if one.attributes and "error.type" not in one.attributes}
    drafted = seen.named("send drafted")
    assert {parent_of(one) for one in drafted} == done
    assert len(drafted) == 2
    counted = {(one.name, one.labels): one.value for one in tally.points()}
    assert counted[CONSUMED.name, ("planned", "draft")] == 6
    assert counted[SENT.name, ("drafted",)] == 5
    assert counted[DEAD_LETTERS.name, ("draft", "encrypted")] == 1


def test_the_header_on_the_wire_is_that_of_the_span_that_sent_it(on_bench) -> None:
    async def check(bench) -> None:
        with tracing.source({}) as traceparent:
            [at] = await bench.publisher.publish([replace(event("revised", 1), traceparent=traceparent)])
        found = await asyncio.to_thread(_headers, bench.broker, at.partition)
        parent = read(found["traceparent"].decode())
        assert parent is not None
        assert parent.span == id_of(seen.one("send revised"))

    with following() as seen:
        on_bench(check)


def test_a_dependency_that_is_back_is_waited_for_no_more(on_bench) -> None:
    async def check(bench) -> None:
        away = True

        async def handle(one: Delivery) -> Outcome:
            if away:
                raise AutoReconnect("gone")
            return Done()

        await bench.publisher.publish([event("planned", 0)])
        loop = bench.start(FunctionStage(handle))
        await until(lambda: loop.counts.waiting_for == "mongodb")
        away = False
        await until(lambda: loop.counts.done == 1)
        assert loop.counts.waiting_for is None

    on_bench(check)


def _headers(broker, partition: int) -> dict[str, bytes]:
    consumer = KafkaConsumer(**broker.settings.client(), enable_auto_commit=False)
    try:
        where = TopicPartition(broker.wire_name("revised"), partition)
        consumer.assign([where])
        consumer.seek_to_beginning(where)
        found: list = []
        while not found:
            found = [one for records in consumer.poll(timeout_ms=5000).values() for one in records]
        return dict(found[0].headers)
    finally:
        consumer.close()
