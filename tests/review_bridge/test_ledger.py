"""What the reconciler is told of samples that are not settled: dead marks and replays, open samples, and what it makes
of them on a real broker."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from kafka import TopicPartition
from kafka.structs import OffsetAndMetadata
from review_samples import draft, planned, revision
from test_sink import delivery, drafted_event, handle, planned_event, revised_event

from generation.samples import State
from review_bridge.ledger import SampleLedger
from review_bridge.parts import DraftedPart, PlannedPart
from review_bridge.sink import SinkStage
from spinestream.embedded import Servers
from streams import topics
from streams.blobs import BlobStore
from streams.broker import Broker, BrokerSettings, Position
from streams.deadletters import DeadLetters
from streams.delivery import Delivery
from streams.events import Event
from streams.outcomes import Dead, Done
from streams.payloads import ItemDrafted, ItemPlanned
from streams.publisher import Outgoing, Publisher
from streams.reconciler import Outstanding, Reconciler
from streams.sources import Sources

_offsets = count()

ITEM = planned()
DRAFT = draft()


class Kept:
    """Stands in for a publisher and keeps what it is given."""

    def __init__(self) -> None:
        self.records: list[Outgoing] = []

    async def publish(self, records: Sequence[Outgoing]) -> list[Position]:
        self.records += records
        return [Position(one.topic, 0, 0) for one in records]


async def buried(letters: DeadLetters, group: str, event: Event, dead: Dead) -> tuple[str, Delivery]:
    """Bury a record; returns the letter's id, and its notice as the sink reads it."""
    kept = Kept()
    await letters.bury(group, delivery(event), dead, kept)  # type: ignore[arg-type]
    [notice] = kept.records
    found = await letters.listed(None)
    letter = next(one["_id"] for one in found if one["subject"] == event.subject)
    return letter, _read(notice)


async def replayed(letters: DeadLetters, letter: str) -> Delivery:
    """Replay a letter; returns the notice as the sink reads it."""
    kept = Kept()
    await letters.replay(letter)
    await letters.finish_replays(kept)  # type: ignore[arg-type]
    return _read(next(one for one in kept.records if one.topic.startswith("deadletters.")))


def _read(notice: Outgoing) -> Delivery:
    at = Position(notice.topic, 0, next(_offsets))
    return Delivery(at, notice.key, notice.value, tuple(notice.headers), assignment=1)


def _sink(place: Any, tmp_path: Path) -> SinkStage:
    return SinkStage(place.store, place.queue, Sources(place.database, BlobStore(str(tmp_path))))


async def _outstanding(place: Any) -> dict[str, Outstanding]:
    return {one.subject: one async for one in SampleLedger(place.store).outstanding()}


def test_a_dead_letter_marks_its_sample_and_a_replay_clears_the_mark(run: Any, tmp_path: Path) -> None:
    async def scenario(place: Any) -> None:
        sink, letters = _sink(place, tmp_path), DeadLetters(place.database)
        await handle(sink, delivery(planned_event(ITEM)))
        letter, notice = await buried(letters, "draft", planned_event(ITEM), Dead("prompt-too-long", "900 tokens"))
        assert await handle(sink, notice) == [Done()]
        sample = await place.store.get(ITEM.id)
        assert [(mark.stage, mark.why, mark.round) for mark in sample.dead.values()] == [
            ("draft", "prompt-too-long", 0)
        ]
        assert await place.store.open_page() == ()
        revival = await replayed(letters, letter)
        assert await handle(sink, revival) == [Done()]
        assert await handle(sink, notice) == [Done()]
        assert [one.id for one in await place.store.open_page()] == [ITEM.id]

    run(scenario)


def test_a_dead_letter_that_comes_before_its_sample_marks_it_all_the_same(run: Any, tmp_path: Path) -> None:
    async def scenario(place: Any) -> None:
        sink, letters = _sink(place, tmp_path), DeadLetters(place.database)
        _, notice = await buried(letters, "revise", drafted_event(ITEM, draft(2)), Dead("bad-schema", "no"))
        assert await handle(sink, notice) == [Done()]
        await handle(sink, delivery(planned_event(ITEM)), delivery(drafted_event(ITEM, draft(2))))
        sample = await place.store.get(ITEM.id)
        assert [(mark.stage, mark.round) for mark in sample.dead.values()] == [("revise", 2)]
        assert await handle(sink, delivery(revised_event(ITEM, revision(draft(2))))) == [Done()]
        sample = await place.store.get(ITEM.id)
        assert (sample.dead, sample.state) == ({}, State.QUEUED)

    run(scenario)


def test_a_dead_letter_about_no_item_changes_no_sample(run: Any, tmp_path: Path) -> None:
    async def scenario(place: Any) -> None:
        sink, letters = _sink(place, tmp_path), DeadLetters(place.database)
        unreadable = Event("planned", "k", "id-1", "org.spinestream.item.planned.v1", "/x", "nobody", "", "s", b"{")
        _, notice = await buried(letters, "draft", unreadable, Dead("not-an-event", "does not parse"))
        assert await handle(sink, notice) == [Done()]
        assert await place.store.list() == ()

    run(scenario)


def test_open_samples_name_the_event_that_brings_each_on(run: Any, tmp_path: Path) -> None:
    async def scenario(place: Any) -> None:
        other = planned(1)
        records = [planned_event(ITEM), planned_event(other), drafted_event(other, DRAFT)]
        await handle(_sink(place, tmp_path), *(delivery(one, offset=n) for n, one in enumerate(records)))
        found = await _outstanding(place)
        assert {one.group for one in found.values()} == {"draft", "revise"}
        first, second = found[ITEM.id], found[other.id]
        first_event, second_event = await first.load(), await second.load()
        assert (first.group, first_event.topic, first.at) == ("draft", "planned", Position("planned", 0, 0))
        assert (second.group, second_event.topic, second.at) == ("revise", "drafted", Position("drafted", 0, 2))
        # The same events as the stages': same id, same content, so that nothing is done twice.
        assert (first_event.id, first_event.value) == (records[0].id, records[0].value)
        assert topics.PLANNED.read(first_event) == ItemPlanned(item=ITEM)
        assert topics.DRAFTED.read(second_event) == ItemDrafted(item=other, draft=DRAFT)

    run(scenario)


def test_settled_samples_and_those_without_a_plan_are_none_of_it(run: Any, tmp_path: Path) -> None:
    async def scenario(place: Any) -> None:
        sink, letters = _sink(place, tmp_path), DeadLetters(place.database)
        queued, dead, unplanned = planned(1), planned(2), planned(3)
        whole = [planned_event(queued), drafted_event(queued, DRAFT), revised_event(queued, revision(DRAFT))]
        await handle(sink, *(delivery(one) for one in [*whole, planned_event(dead)]))
        _, notice = await buried(letters, "draft", planned_event(dead), Dead("prompt-too-long", ""))
        await handle(sink, notice)
        await place.store.merge([DraftedPart(unplanned.id, unplanned.source, DRAFT)])
        assert await _outstanding(place) == {}

    run(scenario)


def test_a_place_that_moved_is_kept(run: Any, tmp_path: Path) -> None:
    async def scenario(place: Any) -> None:
        await handle(_sink(place, tmp_path), delivery(planned_event(ITEM)))
        await SampleLedger(place.store).moved([(ITEM.id, Position("planned", 2, 99))])
        assert (await _outstanding(place))[ITEM.id].at == Position("planned", 2, 99)
        await SampleLedger(place.store).moved([])

    run(scenario)


def test_groups_and_topics_are_those_of_the_stages() -> None:
    assert SampleLedger.groups == {"draft": ("planned",), "revise": ("drafted",)}
    assert SampleLedger.after == (("store", SinkStage.topics),)


@pytest.fixture
def broker(servers: Servers, topic_prefix: str) -> Broker:
    made = Broker(BrokerSettings.model_validate({**servers.addresses.kafka_fields(), "prefix": topic_prefix}))
    made.ensure_topics()
    return made


@pytest.fixture
def publisher(broker: Broker) -> Iterator[Publisher]:
    made = Publisher(broker)
    yield made
    made.close()


def _commit(broker: Broker, group: str, at: Position, offset: int) -> None:
    """Commit an offset of a group, as a worker that lost its result after the commit would have."""
    consumer = broker.consumer(group)
    where = TopicPartition(broker.wire_name(at.topic), at.partition)
    consumer.assign([where])
    deadline = time.monotonic() + 20
    while not consumer.partitions_for_topic(where.topic):
        assert time.monotonic() < deadline
    consumer.commit({where: OffsetAndMetadata(offset, "", -1)}, timeout_ms=10_000)
    consumer.close()


def test_the_reconciler_sends_again_only_what_kafka_will_not_bring(
    run: Any, tmp_path: Path, broker: Broker, publisher: Publisher
) -> None:
    """Of two open samples, one's event was committed without a result; the other's is still to be read."""

    async def scenario(place: Any) -> None:
        sink, letters = _sink(place, tmp_path), DeadLetters(place.database)
        reconciler = Reconciler(broker, publisher, letters, [], [SampleLedger(place.store)])
        [at] = await publisher.publish([planned_event(ITEM)])
        _commit(broker, "draft", at, at.offset + 1)
        waiting = planned(1)
        [later] = await publisher.publish([planned_event(waiting)])
        for event, where in ((planned_event(ITEM), at), (planned_event(waiting), later)):
            await handle(sink, delivery(event, offset=where.offset))
        places = [(ITEM.id, at), (waiting.id, later)]
        await SampleLedger(place.store).moved(places)

        # While the sink has not read everything, open may only mean: on its way.
        assert (await reconciler.once()).re_emitted == 0
        for where in (at, later):
            _commit(broker, "store", where, where.offset + 1)
        assert (await reconciler.once()).re_emitted == 1
        found = await _outstanding(place)
        assert found[ITEM.id].at != at
        assert found[waiting.id].at == later

    run(scenario)


def test_a_long_backlog_is_walked_through_page_by_page_and_from_the_start_again(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("review_bridge.ledger.PAGE", 2)

    async def scenario(place: Any) -> None:
        items = [planned(number) for number in range(5)]
        await place.store.merge([PlannedPart(item) for item in items])
        ledger = SampleLedger(place.store)
        pages = [[one.subject async for one in ledger.outstanding()] for _ in range(4)]
        ids = sorted(item.id for item in items)
        assert pages == [ids[:2], ids[2:4], ids[4:], ids[:2]]

    run(scenario)
