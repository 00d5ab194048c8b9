"""The broker's contract, through the public names of `streams.broker` only; kept by the real Kafka."""

from __future__ import annotations

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest
from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.structs import OffsetAndMetadata

from streams.broker import Broker, PartitionState, Position
from streams.errors import DependencyDown, EventTooLarge
from streams.events import Event
from streams.publisher import Outgoing, Publisher
from streams.topics import ITEM_PARTITIONS, specs
from tests.streams.conftest import event

Publish = Callable[..., list[Position]]


def read_all(broker: Broker, topic: str, wanted: int, group: str = "reader") -> list[tuple[Position, Any]]:
    """Read a topic from its start with a consumer of ours; fails when it holds fewer records."""
    consumer = broker.consumer(group)
    found: list[tuple[Position, Any]] = []
    try:
        consumer.subscribe([broker.wire_name(topic)])
        deadline = time.monotonic() + 30
        while len(found) < wanted:
            assert time.monotonic() < deadline, f"{len(found)} of {wanted} records came"
            for where, records in consumer.poll(timeout_ms=200).items():
                name = broker.registry_name(where.topic)
                found += [(Position(name, where.partition, one.offset), one) for one in records]
    finally:
        consumer.close()
    return found


def admin_of(broker: Broker) -> Any:
    return KafkaAdminClient(**broker.settings.client())


def configs_of(admin: Any, names: list[str]) -> dict[str, dict[str, str]]:
    found = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])["topic"]
    return {name: {key: one["value"] for key, one in found[name].items()} for name in names}


def incompressible(size: int) -> bytes:
    return random.Random(size).randbytes(size)


class BrokerContract:
    """Give fixtures `broker` (topics created) and `publish` (records -> positions)."""

    def test_topics_are_created_once_and_only_those_that_are_missing(self, broker) -> None:
        assert broker.ensure_topics() == []
        admin = admin_of(broker)
        admin.delete_topics([broker.wire_name("planned"), broker.wire_name("deadletters.draft")])
        admin.close()
        deadline, created = time.monotonic() + 20, set()
        while created != {"planned", "deadletters.draft"}:
            created |= set(broker.ensure_topics())
            assert time.monotonic() < deadline
        assert broker.ensure_topics() == []

    def test_topics_are_made_as_the_registry_says(self, broker) -> None:
        admin = admin_of(broker)
        try:
            names = {broker.wire_name(spec.name): spec for spec in specs()}
            described = {one["name"]: one for one in admin.describe_topics(list(names))}
            assert {name: len(described[name]["partitions"]) for name in names} == {
                name: spec.partitions for name, spec in names.items()
            }
            configs = configs_of(admin, list(names))
        finally:
            admin.close()
        for name, spec in names.items():
            assert {key: configs[name][key] for key in spec.config} == dict(spec.config), name

    def test_a_group_that_has_not_begun_lags_by_everything(self, broker, publish) -> None:
        assert broker.states("draft", ["planned"]) == {
            ("planned", number): PartitionState(0, 0, None) for number in range(ITEM_PARTITIONS)
        }
        places = publish([event("planned", number) for number in range(9)])
        states = broker.states("draft", ["planned", "drafted"])
        assert len(states) == 2 * ITEM_PARTITIONS
        for number in range(ITEM_PARTITIONS):
            here = sum(one.partition == number for one in places)
            assert states["planned", number] == PartitionState(0, here, None)
        assert broker.lag("draft", ["planned"]) == 9
        assert broker.lag("draft", ["planned", "drafted"]) == 9
        assert broker.lag("draft", ["drafted"]) == 0

    def test_what_a_group_committed_is_told_and_is_its_own(self, broker, publish) -> None:
        places = publish([event("planned", number) for number in range(12)])
        partition = places[0].partition
        consumer = broker.consumer("draft")
        consumer.assign([TopicPartition(broker.wire_name("planned"), partition)])
        consumer.commit({TopicPartition(broker.wire_name("planned"), partition): OffsetAndMetadata(1, "", -1)})
        consumer.close()
        assert broker.states("draft", ["planned"])["planned", partition].committed == 1
        assert broker.states("revise", ["planned"])["planned", partition].committed is None
        assert broker.lag("draft", ["planned"]) == 11
        assert broker.lag("revise", ["planned"]) == 12

    def test_publishing_tells_where_each_record_lies(self, broker, publish) -> None:
        events = [event("planned", number, value=f"{number}".encode()) for number in range(50)]
        places = publish(events)
        found = dict(read_all(broker, "planned", 50))
        assert len(set(places)) == 50
        for one, place in zip(events, places, strict=True):
            assert found[place].value == one.value
            assert found[place].key == one.key.encode()
            assert tuple(found[place].headers) == tuple(one.headers())

    def test_records_of_one_key_lie_in_one_partition_in_the_order_they_were_given(self, broker, publish) -> None:
        events = [
            Event("planned", f"key-{number % 7}", f"e{number}", "t", "/s", f"s{number}", "", "x", b"%d" % number)
            for number in range(140)
        ]
        publish(events)
        by_key: defaultdict[bytes, list[tuple[int, int, int]]] = defaultdict(list)
        for at, record in read_all(broker, "planned", 140):
            by_key[record.key].append((at.partition, at.offset, int(record.value)))
        assert len(by_key) == 7
        for places in by_key.values():
            assert len({partition for partition, _, _ in places}) == 1
            numbers = [number for _, _, number in sorted(places)]
            assert numbers == sorted(numbers)
            assert len(numbers) == 20

    def test_bytes_go_out_exactly_as_they_came(self, broker, publish) -> None:
        raw = Outgoing("planned", b"\xff\x00", b"\x00\xfe", (("odd", b"\xff"), ("odd", b"again"), ("empty", b"")))
        without_key = Outgoing("planned", None, b"value", ())
        without_value = Outgoing("planned", b"key", None, ())
        publish([raw, without_key, without_value])
        found = [(one.key, one.value, tuple(one.headers)) for _, one in read_all(broker, "planned", 3)]
        assert sorted(found, key=repr) == sorted(
            [(one.key, one.value, one.headers) for one in (raw, without_key, without_value)], key=repr
        )

    def test_a_record_with_neither_key_nor_value_is_published_too(self, broker, publish) -> None:
        publish([Outgoing("deadletters.draft", None, None, (("why", b"x"),))])
        [(_, record)] = read_all(broker, "deadletters.draft", 1)
        assert not record.key
        assert not record.value

    def test_nothing_to_publish_is_published_at_once(self, publish) -> None:
        assert publish([]) == []

    def test_a_new_reader_begins_at_the_earliest_record(self, broker, publish) -> None:
        publish([event("planned", 1)])
        assert len(read_all(broker, "planned", 1, group="late")) == 1

    def test_a_member_that_polls_in_short_steps_ends_every_join_and_may_commit(self, broker, publish) -> None:
        [at] = publish([event("planned", 1)])
        wire = broker.wire_name("planned")
        for number in range(ITEM_PARTITIONS):
            consumer = broker.consumer(f"hasty-{number}")
            try:
                consumer.subscribe([wire])
                deadline = time.monotonic() + 20
                while not any(consumer.poll(timeout_ms=1).values()):
                    assert time.monotonic() < deadline
                for _ in range(150):
                    consumer.poll(timeout_ms=2)
                consumer.commit({TopicPartition(wire, at.partition): OffsetAndMetadata(1, "", -1)}, timeout_ms=5_000)
            finally:
                consumer.close()
            assert broker.states(f"hasty-{number}", ["planned"])["planned", at.partition].committed == 1

    def test_names_on_the_broker_carry_the_prefix_and_come_back(self, broker) -> None:
        wire = broker.wire_name("planned")
        assert wire == broker.settings.prefix + "planned"
        assert broker.registry_name(wire) == "planned"


class TestKafka(BrokerContract):
    @pytest.fixture
    def publish(self, publisher: Publisher) -> Publish:
        return lambda records: asyncio.run(publisher.publish(records))

    def test_a_publisher_survives_a_topic_that_is_not_there_and_serves_it_once_it_is(self, broker) -> None:
        admin = admin_of(broker)
        missing = broker.wire_name("later")
        publisher = Publisher(broker, patience_ms=700)

        async def check() -> None:
            with pytest.raises(DependencyDown, match="kafka"):
                await publisher.publish([event("later", 0)])
            [other] = await publisher.publish([event("planned", 0)])
            assert other.offset == 0
            admin.create_topics({missing: {"num_partitions": 1, "replication_factor": 1}})
            deadline = time.monotonic() + 20
            while True:
                try:
                    assert await publisher.publish([event("later", 0)]) == [Position("later", 0, 0)]
                except DependencyDown:
                    assert time.monotonic() < deadline
                else:
                    break

        try:
            asyncio.run(check())
        finally:
            publisher.close()
            admin.close()

    def test_a_record_that_no_broker_takes_costs_itself_only(self, publisher) -> None:
        async def check() -> None:
            huge = event("planned", 2, value=b"x" * 9_000_000)
            found = await asyncio.gather(
                publisher.publish([event("planned", 0)]),
                publisher.publish([Outgoing("planned", b"k", incompressible(1_200_000), ())]),
                publisher.publish([huge]),
                publisher.publish([event("planned", 3)]),
                return_exceptions=True,
            )
            assert [type(one) for one in found[1:3]] == [EventTooLarge, EventTooLarge]
            for other in (found[0], found[3]):
                assert isinstance(other, (list, DependencyDown)), "who was on the way with it is sent again"
            await publisher.publish([event("planned", 0), event("planned", 3)])

        asyncio.run(check())

    def test_a_dead_letter_topic_takes_whatever_a_topic_took(self, broker, publisher) -> None:
        async def check() -> None:
            headers = tuple((f"spinestream.errors.{number}", b"x" * 500) for number in range(20))
            await publisher.publish([Outgoing("deadletters.draft", b"k", incompressible(1_100_000), headers)])

        asyncio.run(check())

    def test_a_publisher_that_failed_in_an_unforeseen_way_serves_the_next(self, publisher) -> None:
        async def check() -> None:
            bad = Outgoing("planned", b"k", b"v", (("null", None),))  # type: ignore[arg-type]
            with pytest.raises(DependencyDown):
                await asyncio.wait_for(publisher.publish([bad]), 20)
            await asyncio.wait_for(publisher.publish([event("planned", 0)]), 20)

        asyncio.run(check())

    def test_what_is_on_its_way_when_a_publisher_closes_goes_out(self, broker) -> None:
        async def check() -> None:
            publisher = Publisher(broker, linger_ms=200)
            on_its_way = asyncio.create_task(publisher.publish([event("planned", number) for number in range(20)]))
            await asyncio.sleep(0)
            await asyncio.to_thread(publisher.close)
            assert len(await asyncio.wait_for(on_its_way, 10)) == 20

        asyncio.run(check())
