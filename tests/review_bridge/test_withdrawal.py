"""Sinks against withdrawals, in every interleaving of their accesses to store, queue and tombstones."""

from __future__ import annotations

from typing import Any

import pytest
from interleavings import MergingInOneStep, SteppedQueue, SteppedStore, every_interleaving, run_until
from review_samples import draft, planned, revision, source

from generation.samples import State
from review_bridge.errors import TombstoneMissing
from review_bridge.parts import DraftedPart, Part, PlannedPart, RevisedPart
from review_bridge.routing import refill, route, take_in
from review_bridge.withdrawal import WITHDRAWN, retract_if_withdrawn, sweep

SOURCE = source()
ITEM = planned()
EARLIER: list[Part] = [PlannedPart(ITEM), DraftedPart(ITEM.id, SOURCE, draft())]
LAST: list[Part] = [RevisedPart(ITEM.id, SOURCE, revision(draft()))]


def a_sink(place: Any, parts: list[Part]) -> Any:
    async def actor(step: Any) -> None:
        async def tombstoned(names: Any) -> Any:
            await step()
            return await place.tombs(names)

        # What the sink retracts is one step, what it takes in is several.
        store, queue = SteppedStore(place.database, step), SteppedQueue(place.queue, step)
        result = await store.merge(parts)
        await route(store, queue, result.standings)
        await retract_if_withdrawn(MergingInOneStep(place.database, step), queue, {SOURCE.id}, tombstoned)

    return actor


def a_withdrawal(place: Any) -> Any:
    async def actor(step: Any) -> None:
        await step()
        place.tombs.names.add(SOURCE.id)
        store = MergingInOneStep(place.database, step)
        await sweep(store, SteppedQueue(place.queue, step), SOURCE.id, WITHDRAWN, place.tombs)

    return actor


def a_refill(place: Any) -> Any:
    async def actor(step: Any) -> None:
        await refill(SteppedStore(place.database, step), SteppedQueue(place.queue, step))

    return actor


async def start(place: Any, held: list[Part]) -> None:
    await place.database["samples"].delete_many({})
    await place.queue.rebuild([])
    place.tombs.names.clear()
    if held:
        result = await place.store.merge(held)
        await route(place.store, place.queue, result.standings)


async def gone(place: Any, path: object) -> None:
    assert (await place.store.get(ITEM.id)).state is State.RETRACTED, path
    assert await place.queue.ids() == (), path


@pytest.mark.parametrize("held", [[], EARLIER, [*EARLIER, *LAST]], ids=["nothing", "drafted", "queued"])
def test_a_sink_and_a_withdrawal(run: Any, held: list[Part]) -> None:
    async def scenario(place: Any) -> int:
        async def prepare() -> Any:
            await start(place, held)
            return [a_sink(place, [*EARLIER, *LAST]), a_withdrawal(place)]

        return await every_interleaving(prepare, lambda path: gone(place, path))

    assert run(scenario) > 100


def test_a_refill_and_a_withdrawal(run: Any) -> None:
    async def scenario(place: Any) -> int:
        async def prepare() -> Any:
            await start(place, [*EARLIER, *LAST])
            return [a_refill(place), a_withdrawal(place)]

        return await every_interleaving(prepare, lambda path: gone(place, path))

    assert run(scenario) > 50


def test_the_search_finds_the_fault_of_a_sink_that_reads_the_tombstone_too_early(run: Any) -> None:
    def hasty_sink(place: Any) -> Any:
        async def actor(step: Any) -> None:
            store, queue = SteppedStore(place.database, step), SteppedQueue(place.queue, step)
            await step()
            withdrawn = await place.tombs([SOURCE.id])
            result = await store.merge([*EARLIER, *LAST])
            if not withdrawn:
                await route(store, queue, result.standings)

        return actor

    faults: list[object] = []

    async def scenario(place: Any) -> None:
        async def prepare() -> Any:
            await start(place, [])
            return [hasty_sink(place), a_withdrawal(place)]

        async def check(path: object) -> None:
            if await place.queue.ids():
                faults.append(path)

        await every_interleaving(prepare, check)

    run(scenario)
    assert faults


@pytest.mark.parametrize("killed", ["sink", "withdrawal"])
def test_whoever_is_killed_anywhere_and_started_again(run: Any, killed: str) -> None:
    async def scenario(place: Any) -> None:
        steps = 0
        while True:
            await start(place, EARLIER)
            sink, withdrawal = a_sink(place, LAST), a_withdrawal(place)
            first, other = (sink, withdrawal) if killed == "sink" else (withdrawal, sink)
            running = await run_until(first, steps)
            for actor in (other, first):
                assert not await run_until(actor, 1000)
            await gone(place, steps)
            if not running:
                return
            steps += 1

    run(scenario)


class TestSweep:
    def test_it_wants_the_tombstone_first(self, run: Any) -> None:
        async def scenario(place: Any) -> None:
            await start(place, EARLIER)
            with pytest.raises(TombstoneMissing, match="guide"):
                await sweep(place.store, place.queue, SOURCE.id, "asked for", place.tombs)
            assert (await place.store.get(ITEM.id)).state is State.DRAFTED

        run(scenario)

    @pytest.mark.parametrize("batch", [1, 3, 7, 100])
    @pytest.mark.parametrize("name", [SOURCE.id, SOURCE.version])
    def test_it_takes_all_of_the_source_and_nothing_else(self, run: Any, batch: int, name: str) -> None:
        other = source("another", "f" * 64)
        items = [planned(slot) for slot in range(7)] + [planned(slot, other) for slot in range(3)]
        parts = [
            part
            for item in items
            for part in (
                DraftedPart(item.id, item.source, draft()),
                RevisedPart(item.id, item.source, revision(draft())),
            )
        ]

        async def scenario(place: Any) -> None:
            await start(place, parts)
            place.tombs.names.add(name)
            assert await sweep(place.store, place.queue, name, "asked for", place.tombs, batch) == 7
            assert await sweep(place.store, place.queue, name, "again", place.tombs, batch) == 7
            assert {*await place.queue.ids()} == {item.id for item in items[7:]}
            assert (await place.store.get(items[0].id)).retracted.reason == "asked for"
            assert (await place.store.counts()).retracted == 7

        run(scenario)

    def test_a_sink_tells_what_is_withdrawn(self, run: Any) -> None:
        async def scenario(place: Any) -> None:
            await start(place, [*EARLIER, *LAST])
            assert await retract_if_withdrawn(place.store, place.queue, [SOURCE.id], place.tombs) == frozenset()
            assert await place.queue.ids() == (ITEM.id,)
            place.tombs.names.add(SOURCE.id)
            assert await retract_if_withdrawn(place.store, place.queue, [SOURCE.id], place.tombs) == {SOURCE.id}
            await gone(place, "sink")
            await take_in(place.store, place.queue, LAST, place.tombs)
            await gone(place, "redelivered")

        run(scenario)
