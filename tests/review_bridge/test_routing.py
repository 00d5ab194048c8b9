"""The queue equals the set of queued samples, whoever writes it at the same time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from interleavings import SteppedQueue, SteppedStore, every_interleaving
from review_samples import draft, planned, revision, source

from generation.samples import DecisionKind, State
from review_bridge.decisions import decide
from review_bridge.parts import DraftedPart, Part, PlannedPart, RevisedPart
from review_bridge.queue import QueueEntry
from review_bridge.routing import refill, route, take_in

SOURCE = source()


def whole(slot: int, *reasons: str) -> list[Part]:
    item = planned(slot)
    of = draft()
    return [PlannedPart(item), DraftedPart(item.id, SOURCE, of), RevisedPart(item.id, SOURCE, revision(of, reasons))]


ITEM = planned()


def test_only_queued_samples_are_put_on(run: Any) -> None:
    async def scenario(place: Any) -> None:
        parts = [*whole(0), *whole(1, "level"), PlannedPart(planned(2))]
        await take_in(place.store, place.queue, parts, place.tombs)
        assert await place.queue.ids() == (ITEM.id,)

    run(scenario)


def test_a_later_round_that_is_held_takes_it_off_and_one_that_is_not_puts_it_on(run: Any) -> None:
    def second(round_: int, *reasons: str) -> list[Part]:
        of = draft(round_)
        return [DraftedPart(ITEM.id, SOURCE, of), RevisedPart(ITEM.id, SOURCE, revision(of, reasons))]

    async def scenario(place: Any) -> None:
        await take_in(place.store, place.queue, whole(0), place.tombs)
        await take_in(place.store, place.queue, second(1, "level"), place.tombs)
        assert await place.queue.ids() == ()
        await take_in(place.store, place.queue, second(2), place.tombs)
        assert await place.queue.ids() == (ITEM.id,)

    run(scenario)


def test_refill_heals_a_flushed_queue_in_the_same_order(run: Any) -> None:
    async def scenario(place: Any) -> None:
        for slot in (3, 1, 2):
            await take_in(place.store, place.queue, whole(slot), place.tombs)
        before = await place.queue.ids()
        await place.queue.rebuild([])
        await refill(place.store, place.queue)
        assert await place.queue.ids() == before
        assert len(before) == 3

    run(scenario)


def test_refill_takes_off_what_does_not_belong_there(run: Any) -> None:
    async def scenario(place: Any) -> None:
        await place.store.merge([*whole(0), *whole(1, "level"), PlannedPart(planned(2))])
        since = (await place.store.get(ITEM.id)).created_at
        assert since.utcoffset() == timedelta(0)
        await place.queue.put([QueueEntry(planned(slot).id, since) for slot in (1, 2, 9)])
        await refill(place.store, place.queue)
        assert await place.queue.ids() == (ITEM.id,)

    run(scenario)


def test_routing_by_an_old_standing_is_repaired(run: Any) -> None:
    async def scenario(place: Any) -> None:
        old = (await place.store.merge(whole(0))).standings
        await decide(
            place.store, place.queue, ITEM.id, DecisionKind.ACCEPTED, who="Dr Li", event_of=lambda one: {"id": one.id}
        )
        await route(place.store, place.queue, old)
        assert await place.queue.ids() == ()

    run(scenario)


def test_a_sink_and_a_decision(run: Any) -> None:
    def a_sink(place: Any) -> Any:
        async def actor(step: Any) -> None:
            store, queue = SteppedStore(place.database, step), SteppedQueue(place.queue, step)
            await take_in(store, queue, whole(0), place.tombs)

        return actor

    def a_clinician(place: Any) -> Any:
        async def actor(step: Any) -> None:
            store, queue = SteppedStore(place.database, step), SteppedQueue(place.queue, step)
            await decide(store, queue, ITEM.id, DecisionKind.ACCEPTED, who="Dr Li", event_of=lambda one: {"id": one.id})

        return actor

    async def scenario(place: Any) -> int:
        async def prepare() -> Any:
            for name in ("samples", "decisions"):
                await place.database[name].delete_many({})
            await take_in(place.store, place.queue, whole(0), place.tombs)
            return [a_sink(place), a_clinician(place)]

        async def check(path: object) -> None:
            assert (await place.store.get(ITEM.id)).state is State.ACCEPTED, path
            assert await place.queue.ids() == (), path

        return await every_interleaving(prepare, check)

    assert run(scenario) > 50


def test_a_sink_and_a_refill(run: Any) -> None:
    def a_sink(place: Any) -> Any:
        async def actor(step: Any) -> None:
            store, queue = SteppedStore(place.database, step), SteppedQueue(place.queue, step)
            await take_in(store, queue, whole(0), place.tombs)

        return actor

    def a_refill(place: Any) -> Any:
        async def actor(step: Any) -> None:
            await refill(SteppedStore(place.database, step), SteppedQueue(place.queue, step))

        return actor

    async def scenario(place: Any) -> int:
        async def prepare() -> Any:
            await place.database["samples"].delete_many({})
            await place.queue.rebuild([])
            return [a_sink(place), a_refill(place)]

        async def check(path: object) -> None:
            assert await place.queue.ids() == (ITEM.id,), path

        return await every_interleaving(prepare, check)

    assert run(scenario) > 20
