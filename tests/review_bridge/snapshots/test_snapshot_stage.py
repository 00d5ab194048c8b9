"""The stage on the real broker and store, and what its records may come to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from snapshot_samples import NOTES, Made

from generation.ids import digest
from generation.overlap import index_of
from review_bridge.sink import SinkStage
from review_bridge.snapshots import Snapshots
from review_bridge.snapshots.ledger import RequestLedger
from review_bridge.snapshots.stage import SnapshotStage
from review_bridge.store import SampleStore
from streams import topics
from streams.blobs import BlobStore
from streams.broker import Position
from streams.delivery import Delivery
from streams.events import Event
from streams.model_payloads import BenchVersioned, SnapshotMade, SnapshotRequested
from streams.outcomes import Dead, Done, Outcome
from streams.payloads import SourceWithdrawn
from streams.reconciler import Reconciler
from streams.sources import Sources
from tests.streams.conftest import Bench, on_bench, until  # noqa: F401 - a fixture

Shops = Callable[..., Any]
_offsets = count()


def requested_event(request: str) -> Event:
    asked = SnapshotRequested(request=request, why="new samples", accepted=1, who="trends", simulated=False)
    return topics.SNAPSHOT_REQUESTS.event(asked, key=request, subject=request, source="trends")


def bench_event(name: str, overlap: str) -> Event:
    versioned = BenchVersioned(bench=digest(name.encode()), items=1, overlap=overlap)
    return topics.BENCHES.event(versioned, key=versioned.bench, subject=versioned.bench, source="bench")


async def outcomes(stage: Any, *events: Event, topic: str | None = None) -> Sequence[Outcome]:
    records = [
        Delivery(Position(topic or one.topic, 0, next(_offsets)), one.key.encode(), one.value, (*one.headers(),), 1)
        for one in events
    ]
    found = {one: outcome async for one, outcome in stage.handle(records)}
    return [found[one] for one in records]


def test_a_request_brings_a_snapshot_and_a_redelivered_one_the_same_event(run: Any, shop: Shops) -> None:
    async def scenario(place: Any) -> None:
        here = await shop(place)
        stage = SnapshotStage(here.snapshots)
        await here.hold(Made(0))
        [first] = await outcomes(stage, requested_event("r1"))
        await here.hold(Made(1))
        [again] = await outcomes(stage, requested_event("r1"))
        assert isinstance(first, Done)
        assert isinstance(again, Done)
        [told], [retold] = first.emit, again.emit
        assert (told.id, told.key, told.value) == (retold.id, retold.key, retold.value)
        made: SnapshotMade = topics.SNAPSHOTS.read(told)
        assert (made.request, made.samples, told.subject) == ("r1", 1, made.snapshot)

    run(scenario)


def test_what_cannot_be_is_dead_by_name(run: Any, shop: Shops) -> None:
    async def scenario(place: Any) -> None:
        here = await shop(place)
        stage = SnapshotStage(here.snapshots)
        junk = await here.blobs.put(b"{}")
        found = [
            *await outcomes(stage, bench_event("a", "0" * 64), bench_event("b", junk)),
            *await outcomes(stage, requested_event("r"), topic=topics.BENCHES.name),
        ]
        assert [one.why for one in found if isinstance(one, Dead)] == ["blob", "overlap-unreadable", "not-an-event"]

    run(scenario)


def test_a_withdrawal_that_the_sink_hears_of_marks_the_snapshots(run: Any, shop: Shops) -> None:
    async def scenario(place: Any) -> None:
        here = await shop(place)
        await here.hold(Made(0, NOTES))
        await here.made()
        sink = SinkStage(place.store, place.queue, here.sources, also=(here.snapshots.mark_withdrawn,))
        withdrawn = SourceWithdrawn(source_id="notes", who="Dr Wu", when="2026-11-28T10:00:00Z", why="no consent")
        event = topics.WITHDRAWALS.event(withdrawn, key="notes", subject="notes", source="front-door")
        assert await outcomes(sink, event) == [Done()]
        assert [one.withdrawn for one in await here.snapshots.list()] == [()], "the tombstone is the truth"
        await here.withdraw("notes")
        assert await outcomes(sink, event) == [Done()]
        assert [one.withdrawn for one in await here.snapshots.list()] == [("notes",)]

    run(scenario)


async def _opened(bench: Bench, folder: Path) -> Snapshots:
    blobs, store = BlobStore(str(folder / "blobs")), SampleStore(bench.database)
    snapshots = Snapshots(bench.database, blobs, store, Sources(bench.database, blobs))
    for owner in (store, snapshots):
        await owner.prepare()
    await store.merge([part for slot in range(3) for part in Made(slot).parts()])
    known = await blobs.put(index_of([Made(2).item.evidence[0].text]).model_dump_json().encode())
    await bench.publisher.publish([bench_event("a", known)])
    return snapshots


def test_on_the_broker_commands_and_triggers_each_have_their_snapshot(
    on_bench: Any,  # noqa: F811
    tmp_path: Path,
) -> None:
    async def check(bench: Bench) -> None:
        snapshots = await _opened(bench, tmp_path)
        loop = bench.start(SnapshotStage(snapshots))
        await until(lambda: loop.counts.done == 1)
        asked = await snapshots.request("asked for", "Dr Li", simulated=False)
        reconciler = Reconciler(
            *(bench.broker, bench.publisher, bench.letters, (snapshots.requests.documents,)),
            (RequestLedger(snapshots.requests, bench.letters),),
        )
        assert (await reconciler.once()).unsent == 1
        await bench.publisher.publish([requested_event("trigger"), requested_event("trigger")])
        await until(lambda: loop.counts.done == 4)
        assert (loop.counts.emitted, loop.counts.dead) == (3, 0)
        [kept] = await snapshots.list()
        assert (kept.samples, kept.requests) == (2, (asked.request, "trigger"))
        assert (await snapshots.card(kept)).cleaning.bench == digest(b"a")
        assert (await reconciler.once()).re_emitted == 0
        assert (await asyncio.to_thread(bench.broker.states, "store", ["snapshots"]))["snapshots", 0].end == 3

    on_bench(check)


class Letters:
    """Dead letters that hold the subjects given."""

    def __init__(self, *dead: str) -> None:
        self._dead = {*dead}

    async def subjects(self, group: str | None, subjects: list[str]) -> dict[str, str]:
        assert group == "snapshots"
        return dict.fromkeys(self._dead & {*subjects}, "blob")


@pytest.mark.parametrize("sent", [True, False])
def test_a_request_is_open_until_it_has_a_result_or_is_dead(run: Any, shop: Shops, sent: bool) -> None:
    async def scenario(place: Any) -> None:
        here = await shop(place)
        asked = [await here.snapshots.request("asked for", "Dr Li", simulated=False) for _ in range(3)]
        if sent:
            await here.snapshots.requests.documents.update_many(
                {}, {"$set": {"unsent": False, "sent": ["snapshot-requests", 0, 7]}}
            )
        await here.snapshots.make(asked[0])
        letters: Any = Letters(asked[1].request)
        ledger = RequestLedger(here.snapshots.requests, letters)
        found = [one async for one in ledger.outstanding()]
        assert [one.subject for one in found] == ([asked[2].request] if sent else [])
        if sent:
            [one] = found
            assert one.at == Position("snapshot-requests", 0, 7)
            event = await one.load()
            assert event is not None
            assert topics.SNAPSHOT_REQUESTS.read(event) == asked[2]
            await ledger.moved([(one.subject, Position("snapshot-requests", 0, 9))])
            assert [one.at async for one in ledger.outstanding()] == [Position("snapshot-requests", 0, 9)]

    run(scenario)


def test_a_bench_version_that_came_beside_a_request_is_kept_out_of_it(run: Any, shop: Shops) -> None:
    async def scenario(place: Any) -> None:
        here = await shop(place)
        await here.hold(Made(0), Made(1))
        known = await here.blobs.put(index_of([Made(1).item.evidence[0].text]).model_dump_json().encode())
        [first, second] = await outcomes(SnapshotStage(here.snapshots), requested_event("r"), bench_event("a", known))
        assert second == Done()
        assert isinstance(first, Done)
        made: SnapshotMade = topics.SNAPSHOTS.read(first.emit[0])
        assert await here.ids(made) == [Made(0).id]

    run(scenario)
