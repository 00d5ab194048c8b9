"""What must never leave a loop standing still: odd records, clients that fail in odd ways, a log that begins anew."""

from __future__ import annotations

import asyncio
import random
import time
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from kafka import KafkaAdminClient, KafkaProducer, TopicPartition
from kafka.errors import CommitFailedError, RebalanceInProgressError

from streams import poller
from streams.broker import Broker, Position
from streams.deadletters import Burial
from streams.delivery import Delivery, InFlight
from streams.errors import EventTooLarge
from streams.outcomes import Dead, Done, Outcome
from streams.poller import Poller
from streams.publisher import Outgoing
from tests.streams.conftest import Bench, FunctionStage, event, until


class Store(FunctionStage):
    """Reads the dead letters of the draft group."""

    group: ClassVar[str] = "store"
    topics: ClassVar[tuple[str, ...]] = ("deadletters.draft",)


async def done(one: Delivery) -> Outcome:
    return Done()


def put_bare_record(broker: Broker, topic: str) -> None:
    """Put a record with neither key nor value on a topic, which Kafka takes and this client's `send` does not."""
    wire = broker.wire_name(topic)
    producer = KafkaProducer(**broker.settings.client())
    assert producer.partitions_for(wire)
    producer._accumulator.append(TopicPartition(wire, 0), int(time.time() * 1000), None, None, [])
    producer._sender.wakeup()
    producer.flush(10)
    producer.close()


def test_records_that_are_no_events_are_buried_and_their_notices_reach_the_sink(on_bench) -> None:
    async def check(bench: Bench) -> None:
        burials: list[Burial] = []

        async def read(one: Delivery) -> Outcome:
            burials.append(Burial.read(one))
            return Done()

        subject = (("ce_subject", b"item-9"),)
        await asyncio.to_thread(put_bare_record, bench.broker, "planned")
        await bench.publisher.publish(
            [
                Outgoing("planned", None, b"value", ()),
                Outgoing("planned", b"key", None, ()),
                Outgoing("planned", b"\xff", b"value", subject),
                event("planned", 1),
            ]
        )
        loop = bench.start(FunctionStage(done))
        sink = bench.start(Store(read, batch=10, calls=1))
        await until(lambda: loop.counts.dead == 4 and loop.counts.done == 1)
        await until(lambda: sink.counts.done == 4)
        await bench.stop()
        assert {(one.why, one.subject) for one in burials} == {("not-an-event", None)}
        assert len(await bench.letters.listed()) == 4, "one letter each, none of the sink's"
        assert bench.broker.lag("draft", ["planned"]) == 0

    on_bench(check)


def test_an_event_that_the_broker_does_not_take_ends_the_loop_instead_of_waiting_for_ever(on_bench) -> None:
    async def check(bench: Bench) -> None:
        async def tell_too_much(one: Delivery) -> Outcome:
            return Done((event("drafted", 1, value=random.Random(1).randbytes(1_200_000)),))

        await bench.publisher.publish([event("planned", 0)])
        bench.start(FunctionStage(tell_too_much))
        with pytest.raises(EventTooLarge):
            await asyncio.wait_for(bench._tasks[0][0], 30)
        bench._tasks.clear()
        assert bench.broker.lag("draft", ["planned"]) == 1

    on_bench(check)


def test_a_stage_that_breaks_the_loops_own_rules_ends_the_loop(on_bench, monkeypatch) -> None:
    async def check(bench: Bench) -> None:
        await bench.publisher.publish([event("planned", 0)])
        loop = bench.start(FunctionStage(done))

        async def breaks(batch: list[Delivery]) -> None:
            raise AttributeError("a fault of the loop")

        monkeypatch.setattr(loop, "_handle", breaks)
        with pytest.raises(AttributeError):
            await asyncio.wait_for(bench._tasks[0][0], 30)
        bench._tasks.clear()

    on_bench(check)


def test_a_loop_goes_on_when_its_topics_are_made_anew(on_bench) -> None:
    async def check(bench: Bench) -> None:
        seen: set[str] = set()

        async def handle(one: Delivery) -> Outcome:
            seen.add(one.event.subject)
            return Done()

        await bench.publisher.publish([event("planned", number) for number in range(40)])
        loop = bench.start(FunctionStage(handle, in_flight=4))
        await until(lambda: loop.counts.done == 40)
        admin = KafkaAdminClient(**bench.broker.settings.client())
        await asyncio.to_thread(admin.delete_topics, [bench.broker.wire_name("planned")])
        await until(lambda: "planned" in bench.broker.ensure_topics())
        admin.close()
        await bench.publisher.publish([event("planned", number) for number in range(40, 60)])
        await until(lambda: len(seen) == 60, 60)
        await until(lambda: loop.running == 0)
        assert loop._table.room == 4
        await until(lambda: bench.broker.lag("draft", ["planned"]) == 0)

    on_bench(check)


def test_a_poll_thread_outlives_whatever_its_client_raises(on_bench, monkeypatch) -> None:
    async def check(bench: Bench) -> None:
        real = bench.broker.consumer
        faults: list[Exception] = [RuntimeError("odd"), TypeError("odder")]

        class Odd:
            """A consumer that fails at the first poll in a way no client should."""

            def __init__(self, consumer: Any) -> None:
                self._consumer = consumer
                self._polls = 0

            def poll(self, **given: Any) -> Any:
                self._polls += 1
                if self._polls == 2:
                    raise IndexError("pop from an empty deque")
                return self._consumer.poll(**given)

            def __getattr__(self, name: str) -> Any:
                return getattr(self._consumer, name)

        made: list[Any] = []

        def consumer(group: str) -> Any:
            if faults:
                raise faults.pop()
            made.append(Odd(real(group)) if not made else real(group))
            return made[-1]

        monkeypatch.setattr(bench.broker, "consumer", consumer)
        await bench.publisher.publish([event("planned", number) for number in range(5)])
        loop = bench.start(FunctionStage(done))
        await until(lambda: len(made) == 2 and loop.counts.done >= 5)
        await until(lambda: bench.broker.lag("draft", ["planned"]) == 0)

    on_bench(check)


class Consumer:
    """Answers a commit as told."""

    def __init__(self, *answers: Exception | None) -> None:
        self._answers = list(answers)
        self.commits: list[dict[Any, Any]] = []

    def commit(self, offsets: dict[Any, Any], timeout_ms: int) -> None:
        self.commits.append(offsets)
        answer = self._answers.pop(0)
        if answer:
            raise answer


def idle_poller(broker: Broker) -> tuple[Poller, InFlight]:
    table = InFlight(10)
    table.assign([("planned", 0)])
    [one] = table.start([Delivery(Position("planned", 0, 4), b"k", b"v", (), 1)])
    table.finish(one)
    return Poller(broker, "draft", ["planned"], table), table


@pytest.mark.parametrize("refusal", [RebalanceInProgressError(), CommitFailedError()])
def test_a_commit_that_meets_a_rebalance_is_made_again_and_costs_no_consumer(broker, refusal) -> None:
    here, table = idle_poller(broker)
    consumer = Consumer(refusal, None)
    here._commit(consumer)
    assert table.committable() == {("planned", 0): 5}
    here._commit(consumer)
    assert table.committable() == {}
    assert [next(iter(one.values())).offset for one in consumer.commits] == [5, 5]
    here._commit(consumer)
    assert len(consumer.commits) == 2


def test_records_of_a_partition_that_is_not_assigned_are_not_passed_over(broker) -> None:
    here, _ = idle_poller(broker)
    with pytest.raises(LookupError, match="planned 1 came while it was not assigned"):
        here._hand_over({TopicPartition(broker.wire_name("planned"), 1): [SimpleNamespace(offset=0)]})


def test_a_header_without_a_value_counts_as_empty() -> None:
    record = SimpleNamespace(headers=[("a", None), ("b", b"x"), ("a", b"")])
    assert poller._headers(record) == (("a", b""), ("b", b"x"), ("a", b""))


def test_a_reason_of_a_dead_record_is_kept_when_it_is_delivered_again(on_bench) -> None:
    async def check(bench: Bench) -> None:
        async def refuse(one: Delivery) -> Outcome:
            return Dead("no-good", "it cannot be")

        await bench.publisher.publish([event("planned", 1), event("planned", 1)])
        loop = bench.start(FunctionStage(refuse))
        await until(lambda: loop.counts.dead == 2)
        [letter] = await bench.letters.listed()
        assert (letter["why"], letter["burial"]) == ("no-good", 1)

    on_bench(check)
