"""The processing loop on a real broker: nothing lost, contiguous commits, back-pressure, retries, dead letters."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

import pytest
from pymongo.errors import AutoReconnect

from streams.delivery import Delivery
from streams.loop import StageFailed
from streams.outcomes import Dead, Done, Outcome, Retry
from tests.streams.conftest import FunctionStage, event, until


def test_every_record_is_handled_once_and_what_it_emits_comes_out(on_bench) -> None:
    async def check(bench) -> None:
        seen: Counter[str] = Counter()

        async def handle(one: Delivery) -> Outcome:
            seen[one.event.subject] += 1
            return Done((event("drafted", int(one.event.subject.split("-")[1])),))

        await bench.publisher.publish([event("planned", n) for n in range(300)])
        loop = bench.start(FunctionStage(handle))
        await until(lambda: loop.counts.done == 300)
        await bench.stop()
        assert set(seen.values()) == {1}
        assert len(seen) == 300
        ends = bench.broker.states("draft", ["drafted"])
        assert sum(state.end for state in ends.values()) == 300
        assert bench.broker.lag("draft", ["planned"]) == 0

    on_bench(check)


def test_a_slow_record_holds_the_commit_of_its_partition_and_no_other_record(on_bench) -> None:
    async def check(bench) -> None:
        gate = asyncio.Event()
        handled: set[str] = set()

        async def handle(one: Delivery) -> Outcome:
            if one.event.subject == "item-0":
                await gate.wait()
            handled.add(one.event.subject)
            return Done()

        [slow] = await bench.publisher.publish([event("planned", 0)])
        places = await bench.publisher.publish([event("planned", n) for n in range(1, 40)])
        loop = bench.start(FunctionStage(handle, in_flight=64, calls=64))
        await until(lambda: len(handled) == 39)
        behind = sum(1 for one in places if one.partition == slow.partition)
        await until(lambda: bench.broker.lag("draft", ["planned"]) == 1 + behind)
        held = bench.broker.states("draft", ["planned"])["planned", slow.partition]
        assert held.committed is None or held.committed <= slow.offset
        gate.set()
        await until(lambda: loop.counts.done == 40)
        await bench.stop()
        assert bench.broker.lag("draft", ["planned"]) == 0

    on_bench(check)


def test_no_more_records_are_taken_than_the_table_has_room_for(on_bench) -> None:
    async def check(bench) -> None:
        running = 0
        most = 0

        async def handle(one: Delivery) -> Outcome:
            nonlocal running, most
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.002)
            running -= 1
            return Done()

        await bench.publisher.publish([event("planned", n) for n in range(200)])
        loop = bench.start(FunctionStage(handle, in_flight=5, calls=50))
        await until(lambda: loop.counts.done == 200)
        assert most == 5

    on_bench(check)


def test_a_failing_record_is_tried_three_times_then_buried_and_the_rest_goes_on(on_bench) -> None:
    async def check(bench) -> None:
        tries: Counter[str] = Counter()

        async def handle(one: Delivery) -> Outcome:
            tries[one.event.subject] += 1
            if one.event.subject == "item-3":
                return Retry("will not")
            if one.event.subject == "item-5":
                raise KeyError("a fault of the handler")
            return Done()

        await bench.publisher.publish([event("planned", n) for n in range(10)])
        loop = bench.start(FunctionStage(handle))
        await until(lambda: loop.counts.done == 8 and loop.counts.dead == 2)
        await bench.stop()
        assert tries["item-3"] == tries["item-5"] == 3
        letters = await bench.letters.listed()
        assert sorted(one["subject"] for one in letters) == ["item-3", "item-5"]
        assert {one["why"] for one in letters} == {"attempts"}
        assert bench.broker.lag("draft", ["planned"]) == 0
        assert sum(s.end for s in bench.broker.states("store", ["deadletters.draft"]).values()) == 2

    on_bench(check)


def test_a_dependency_that_is_down_counts_no_attempt(on_bench) -> None:
    async def check(bench) -> None:
        down = True
        calls = 0

        async def handle(one: Delivery) -> Outcome:
            nonlocal calls
            calls += 1
            if down:
                raise AutoReconnect("the store is away")
            return Done()

        await bench.publisher.publish([event("planned", 0)])
        loop = bench.start(FunctionStage(handle))
        await until(lambda: calls >= 6)
        assert loop.counts.waiting_for == "mongodb"
        assert loop.counts.dead == loop.counts.done == 0
        down = False
        await until(lambda: loop.counts.done == 1)
        assert await bench.letters.listed() == []

    on_bench(check)


def test_bytes_that_are_no_event_are_buried_unchanged_and_replayed_unchanged(on_bench) -> None:
    async def check(bench) -> None:
        from streams.publisher import Outgoing

        seen: list[Delivery] = []

        async def handle(one: Delivery) -> Outcome:
            seen.append(one)
            return Dead("no-good", "it cannot be")

        raw = b"\xff\x00 not json"
        await bench.publisher.publish([Outgoing("planned", b"k", raw, (("odd", b"\xfe"),))])
        await bench.publisher.publish([event("planned", 1)])
        loop = bench.start(FunctionStage(handle))
        await until(lambda: loop.counts.dead == 2)
        letters = {one["why"]: one["_id"] for one in await bench.letters.listed()}
        assert set(letters) == {"not-an-event", "no-good"}
        kept = await bench.letters.get(letters["not-an-event"])
        assert (kept["value"], kept["key"], kept["headers"]) == (raw, b"k", [["odd", b"\xfe"]])
        await bench.letters.replay(letters["no-good"])
        assert await bench.letters.finish_replays(bench.publisher) == 1
        await until(lambda: len(seen) == 2)
        assert seen[0].value == seen[1].value
        assert seen[0].headers == seen[1].headers
        await until(lambda: loop.counts.dead == 3)
        assert (await bench.letters.get(letters["no-good"]))["burial"] == 2

    on_bench(check)


def test_two_members_share_the_work_and_a_leaving_one_loses_nothing(on_bench) -> None:
    async def check(bench) -> None:
        done: Counter[str] = Counter()

        async def handle(one: Delivery) -> Outcome:
            await asyncio.sleep(0.01)
            done[one.event.subject] += 1
            return Done()

        first = bench.start(FunctionStage(handle, in_flight=8))
        await bench.publisher.publish([event("planned", n) for n in range(200)])
        await until(lambda: first.counts.done > 20)
        second = bench.start(FunctionStage(handle, in_flight=8))
        published, deadline = 200, time.monotonic() + 60
        while second.counts.done <= 20:  # one alone would be done before the other has joined
            assert time.monotonic() < deadline, "the second member got nothing to do"
            await bench.publisher.publish([event("planned", published + n) for n in range(20)])
            published += 20
        await until(lambda: len(done) == published, seconds=60)
        await bench.stop()
        assert bench.broker.lag("draft", ["planned"]) == 0

    on_bench(check)


def test_a_dead_engine_ends_the_loop_and_commits_nothing_of_what_it_held(on_bench) -> None:
    async def check(bench) -> None:
        async def handle(one: Delivery) -> Outcome:
            raise StageFailed("the engine is dead")

        await bench.publisher.publish([event("planned", 0)])
        bench.start(FunctionStage(handle))
        await asyncio.sleep(0)
        with pytest.raises(StageFailed):
            await asyncio.wait_for(bench._tasks[0][0], 30)
        bench._tasks.clear()
        assert bench.broker.lag("draft", ["planned"]) == 1

    on_bench(check)


def test_work_far_longer_than_the_session_causes_no_rebalance(on_bench) -> None:
    async def check(bench) -> None:
        calls: Counter[str] = Counter()

        async def handle(one: Delivery) -> Outcome:
            calls[one.event.subject] += 1
            await asyncio.sleep(9)
            return Done()

        await bench.publisher.publish([event("planned", 0)])
        loop = bench.start(FunctionStage(handle, in_flight=1))
        await until(lambda: loop.counts.done == 1)
        await bench.stop()
        assert calls == {"item-0": 1}
        assert bench.broker.lag("draft", ["planned"]) == 0

    on_bench(check)
