"""The sink of the sample store on real MongoDB and Redis: every kind of record, each a named outcome."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from review_samples import decision, draft, planned, revision, source

from generation.items import PlannedItem
from generation.samples import Decision, Draft, Revision, State
from review_bridge.errors import MergeFailed
from review_bridge.sink import SinkStage
from streams import topics
from streams.blobs import BlobStore
from streams.broker import Position
from streams.deadletters import DeadLetters
from streams.delivery import Delivery
from streams.events import Event, Header
from streams.outcomes import Dead, Done, Outcome
from streams.payloads import ItemDrafted, ItemPlanned, ItemRevised, SampleDecided, SourceWithdrawn
from streams.sources import Sources

_offsets = count()

ITEM = planned()
DRAFT = draft()
Bench = Callable[[Any], tuple[SinkStage, Sources, DeadLetters]]


def planned_event(item: PlannedItem) -> Event:
    return topics.PLANNED.event(ItemPlanned(item=item), key=item.id, subject=item.id, source="plan")


def drafted_event(item: PlannedItem, draft: Draft) -> Event:
    return topics.DRAFTED.event(ItemDrafted(item=item, draft=draft), key=item.id, subject=item.id, source="draft")


def revised_event(item: PlannedItem, revision: Revision) -> Event:
    payload = ItemRevised(
        item_id=item.id, source_id=item.source.id, source_version=item.source.version, revision=revision
    )
    return topics.REVISED.event(payload, key=item.id, subject=item.id, source="revise")


def decided_event(item: PlannedItem, decision: Decision) -> Event:
    payload = SampleDecided(source_id=item.source.id, source_version=item.source.version, decision=decision)
    return topics.DECISIONS.event(payload, key=item.id, subject=decision.id, source="front-door")


def withdrawn_event(source_id: str) -> Event:
    payload = SourceWithdrawn(source_id=source_id, who="Dr Wu", when="2026-11-24T10:00:00Z", why="no consent")
    return topics.WITHDRAWALS.event(payload, key=source_id, subject=source_id, source="front-door")


def delivery(
    event: Event, topic: str | None = None, headers: Sequence[Header] = (), offset: int | None = None
) -> Delivery:
    """Return a record at the next offset of partition 0."""
    at = Position(topic or event.topic, 0, next(_offsets) if offset is None else offset)
    return Delivery(at, event.key.encode(), event.value, (*event.headers(), *headers), assignment=1)


async def handle(sink: SinkStage, *deliveries: Delivery) -> list[Outcome]:
    """Return the outcome of each record, in the order given."""
    found = {one: outcome async for one, outcome in sink.handle(deliveries)}
    return [found[one] for one in deliveries]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Makes a sink on the place of a test, with the sources and dead letters beside it."""

    def make(place: Any) -> tuple[SinkStage, Sources, DeadLetters]:
        sources = Sources(place.database, BlobStore(str(tmp_path / "blobs")))
        return SinkStage(place.store, place.queue, sources), sources, DeadLetters(place.database)

    return make


def _whole(item: Any = ITEM, reasons: Sequence[str] = ()) -> list[Event]:
    return [planned_event(item), drafted_event(item, DRAFT), revised_event(item, revision(DRAFT, tuple(reasons)))]


def test_it_reads_everything_that_tells_of_samples() -> None:
    assert set(SinkStage.topics) == {
        "planned", "drafted", "revised", "decisions", "withdrawals", "deadletters.draft", "deadletters.revise",
    }  # fmt: skip


def test_one_batch_brings_samples_from_planned_to_the_queue(run: Any, bench: Bench) -> None:
    async def scenario(place: Any) -> None:
        sink, _, _ = bench(place)
        events = [*_whole(), *_whole(planned(1), ["cut-off"]), planned_event(planned(2)), *_whole(planned(3))[:2]]
        outcomes = await handle(sink, *(delivery(one) for one in events))
        assert outcomes == [Done()] * len(events)
        found = {one.plan.slot: one.state for one in await place.store.list() if one.plan}
        assert found == {0: State.QUEUED, 1: State.HELD, 2: State.PLANNED, 3: State.DRAFTED}
        assert await place.queue.ids() == (ITEM.id,)

    run(scenario)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_records_may_come_in_any_order_and_again(run: Any, bench: Bench, order: tuple[int, ...]) -> None:
    async def scenario(place: Any) -> None:
        sink, _, _ = bench(place)
        events = _whole()
        for number in (*order, *order):
            assert await handle(sink, delivery(events[number])) == [Done()]
        [sample] = await place.store.list()
        assert (sample.state, len(sample.drafts), len(sample.revisions)) == (State.QUEUED, 1, 1)
        assert await place.queue.ids() == (ITEM.id,)

    run(scenario)


def test_where_the_last_event_lies_is_kept_for_the_reconciler(run: Any, bench: Bench) -> None:
    async def scenario(place: Any) -> None:
        sink, _, _ = bench(place)
        await handle(sink, delivery(planned_event(ITEM), offset=70))
        await handle(sink, delivery(planned_event(ITEM), offset=95))
        sample = await place.store.get(ITEM.id)
        assert sample.at == {"planned": ("planned", 0, 95)}

    run(scenario)


def test_a_decision_made_elsewhere_takes_a_sample_off_the_queue(run: Any, bench: Bench) -> None:
    async def scenario(place: Any) -> None:
        sink, _, _ = bench(place)
        events = [*_whole(), decided_event(ITEM, decision(ITEM.id))]
        assert await handle(sink, *(delivery(one) for one in events)) == [Done()] * 4
        assert (await place.store.get(ITEM.id)).state is State.ACCEPTED
        assert await place.queue.ids() == ()

    run(scenario)


def test_a_revision_of_another_draft_is_dead_by_name(run: Any, bench: Bench) -> None:
    async def scenario(place: Any) -> None:
        sink, _, _ = bench(place)
        stranger = revised_event(ITEM, revision(draft(raw="another")))
        good = _whole(planned(1))
        outcomes = await handle(sink, *(delivery(one) for one in [*_whole()[:2], stranger, *good]))
        assert outcomes[:2] == [Done(), Done()]
        assert isinstance(outcomes[2], Dead)
        assert outcomes[2].why == "revision-refused"
        assert outcomes[3:] == [Done()] * 3
        assert (await place.store.get(ITEM.id)).state is State.DRAFTED
        assert await place.queue.ids() == (planned(1).id,)

    run(scenario)


def test_what_is_no_event_of_its_topic_is_dead_and_the_rest_is_taken_in(run: Any, bench: Bench) -> None:
    async def scenario(place: Any) -> None:
        sink, _, _ = bench(place)
        wrong = delivery(planned_event(ITEM), topic=topics.DRAFTED.name)
        unheard = delivery(planned_event(ITEM), topic=topics.dead_letter_topic("draft"))
        good = delivery(planned_event(planned(1)))
        outcomes = await handle(sink, wrong, unheard, good)
        assert [one.why for one in outcomes if isinstance(one, Dead)] == ["not-an-event", "not-an-event"]
        assert outcomes[2] == Done()
        assert [one.id for one in await place.store.list()] == [planned(1).id]

    run(scenario)


def test_what_the_store_does_not_accept_is_dead_and_the_rest_is_taken_in(
    run: Any, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(place: Any) -> None:
        sink, _, _ = bench(place)
        real = place.store.merge

        async def merge(parts: Any) -> Any:
            if any(part.item_id == ITEM.id for part in parts):
                raise MergeFailed((ITEM.id,), "MongoDB error 121")
            return await real(parts)

        monkeypatch.setattr(place.store, "merge", merge)
        outcomes = await handle(sink, *(delivery(one) for one in [*_whole(), *_whole(planned(1))]))
        assert [one.why for one in outcomes[:3] if isinstance(one, Dead)] == ["not-acceptable"] * 3
        assert outcomes[3:] == [Done()] * 3
        assert await place.queue.ids() == (planned(1).id,)

    run(scenario)


def test_a_store_that_takes_nothing_is_no_fault_of_the_records(
    run: Any, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(place: Any) -> None:
        sink, _, _ = bench(place)

        async def merge(parts: Any) -> Any:
            raise MergeFailed((), "no write was acknowledged")

        monkeypatch.setattr(place.store, "merge", merge)
        with pytest.raises(MergeFailed):
            await handle(sink, delivery(planned_event(ITEM)))

    run(scenario)


def test_a_withdrawal_sweeps_and_what_comes_later_is_retracted_at_once(run: Any, bench: Bench) -> None:
    async def scenario(place: Any) -> None:
        sink, sources, _ = bench(place)
        await handle(sink, *(delivery(one) for one in _whole()))
        await sources.withdraw("guide", "Dr Wu", "no consent", None)
        assert await handle(sink, delivery(withdrawn_event("guide"))) == [Done()]
        assert (await place.store.get(ITEM.id)).state is State.RETRACTED
        late = [*_whole(planned(1)), *_whole(planned(0, of=source("notes", "b" * 64)))]
        assert await handle(sink, *(delivery(one) for one in late)) == [Done()] * 6
        found = {(one.source.id, one.state) for one in await place.store.list() if one.source}
        assert found == {("guide", State.RETRACTED), ("notes", State.QUEUED)}
        assert await place.queue.ids() == (late[3].subject,)

    run(scenario)


def test_a_withdrawal_whose_tombstone_is_gone_sweeps_nothing(run: Any, bench: Bench) -> None:
    """The tombstone is the truth; an event alone, say of an older store, is not."""

    async def scenario(place: Any) -> None:
        sink, _, _ = bench(place)
        await handle(sink, *(delivery(one) for one in _whole()))
        assert await handle(sink, delivery(withdrawn_event("guide"))) == [Done()]
        assert (await place.store.get(ITEM.id)).state is State.QUEUED

    run(scenario)
