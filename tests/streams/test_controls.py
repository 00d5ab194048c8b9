"""Pausing stages: kept in the store, followed by the loops, and no record lost by it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from pymongo import AsyncMongoClient
from pymongo.errors import AutoReconnect

from streams.controls import PAUSABLE, Controls, NotPausable, Paused, follow, keep_following
from streams.delivery import Delivery
from streams.outcomes import Done, Outcome
from streams.topics import GROUPS
from tests.streams.conftest import FunctionStage, event, until


class Switch:
    """A loop that only notes what it is asked."""

    def __init__(self) -> None:
        self.why: str | None = None
        self.calls = 0

    def pause(self, why: str) -> None:
        self.why = why
        self.calls += 1

    def resume(self) -> None:
        self.why = None
        self.calls += 1


@pytest.fixture
def on(mongodb_url: str, mongo_db: str) -> Callable[[Callable[[Controls], Awaitable[None]]], None]:
    def run(check: Callable[[Controls], Awaitable[None]]) -> None:
        async def go() -> None:
            async with AsyncMongoClient(mongodb_url, w="majority") as client:
                await check(Controls(client[mongo_db]))

        asyncio.run(go())

    return run


def test_a_pause_is_kept_until_it_is_lifted(on) -> None:
    async def check(controls: Controls) -> None:
        await controls.pause("revise", "Dr Li", "a new model")
        await controls.pause("draft", "Dr Wu")
        found = await controls.paused()
        assert list(found) == ["draft", "revise"]
        assert (found["revise"].why, found["revise"].who) == ("a new model", "Dr Li")
        await controls.pause("revise", "Dr Wu", "still")
        assert (await controls.paused())["revise"].why == "still"
        assert await controls.resume("revise", "Dr Wu")
        assert not await controls.resume("revise", "Dr Wu")
        assert not await controls.resume("read", "Dr Wu")
        assert list(await controls.paused()) == ["draft"]

    on(check)


def test_the_store_goes_on_whatever_happens_and_a_stage_must_exist(on) -> None:
    async def check(controls: Controls) -> None:
        with pytest.raises(NotPausable, match="the store cannot be paused"):
            await controls.pause("store", "Dr Li")
        for name in ("drafts", "", "budget"):
            with pytest.raises(NotPausable, match="intake, read, plan, draft, revise"):
                await controls.pause(name, "Dr Li")
            with pytest.raises(NotPausable):
                await controls.resume(name, "Dr Li")
        assert await controls.paused() == {}

    on(check)
    assert set(PAUSABLE) == set(GROUPS) - {"store", "snapshots", "trainer", "scorer", "gate", "routes"}


def test_loops_follow_and_stay_as_they_are_while_the_store_is_away() -> None:
    asked: dict[str, Paused] = {"draft": Paused("a look", "Dr Li", "t"), "plan": Paused("", "Dr Li", "t")}
    down = False

    async def pauses() -> dict[str, Paused]:
        if down:
            raise AutoReconnect("the store is away")
        return asked

    async def check() -> None:
        nonlocal down
        loops = {"draft": Switch(), "revise": Switch()}
        await follow(pauses, loops)
        assert (loops["draft"].why, loops["revise"].why) == ("a look", None)
        down = True
        await follow(pauses, loops)
        assert loops["draft"].why == "a look"
        down = False
        asked.clear()
        stop = asyncio.Event()
        following = asyncio.create_task(keep_following(pauses, loops, stop))
        await until(lambda: loops["draft"].why is None)
        stop.set()
        await following

    asyncio.run(check())


def test_what_is_no_outage_ends_it() -> None:
    async def pauses() -> dict[str, Paused]:
        raise KeyError("a fault")

    with pytest.raises(KeyError):
        asyncio.run(follow(pauses, {}))


def test_a_paused_loop_finishes_what_it_has_takes_no_more_and_keeps_its_partitions(on_bench) -> None:
    async def check(bench) -> None:
        gate = asyncio.Event()
        taken: list[str] = []

        async def handle(one: Delivery) -> Outcome:
            taken.append(one.event.subject)
            await gate.wait()
            return Done()

        await bench.publisher.publish([event("planned", n) for n in range(30)])
        loop = bench.start(FunctionStage(handle, in_flight=4, calls=4))
        await until(lambda: len(taken) == 4)
        loop.pause("a look")
        gate.set()
        await until(lambda: loop.counts.done == 4 and bench.broker.lag("draft", ["planned"]) == 26)
        await asyncio.sleep(0.3)  # long enough for six polls that must bring nothing
        assert (len(taken), loop.counts.paused) == (4, "a look")
        states = bench.broker.states("draft", ["planned"]).values()
        assert sum(one.committed or 0 for one in states) == 4
        loop.resume()
        await until(lambda: loop.counts.done == 30)
        assert loop.counts.paused is None
        await bench.stop()
        assert bench.broker.lag("draft", ["planned"]) == 0

    on_bench(check)


def test_a_loop_that_is_paused_before_it_runs_takes_nothing(on_bench) -> None:
    async def check(bench) -> None:
        taken: list[str] = []

        async def handle(one: Delivery) -> Outcome:
            taken.append(one.event.subject)
            return Done()

        await bench.publisher.publish([event("planned", n) for n in range(5)])
        loop = bench.start(FunctionStage(handle))
        loop.pause("from the start")
        # Only once it has its partitions is it the pause that keeps it from reading.
        await until(lambda: loop._table.committable() is not None and len(loop._table._partitions) > 0)
        await asyncio.sleep(0.3)
        assert taken == []
        loop.resume()
        await until(lambda: len(taken) == 5)

    on_bench(check)
