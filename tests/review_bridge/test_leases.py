"""The contract of leases, on a real redis-server."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from review_bridge.leases import Holder, Leases

LI, WU = Holder("Dr Li", "page-1"), Holder("Dr Wu", "page-2")


def leases(place: Any, seconds: float = 60) -> Leases:
    return Leases(place.redis, seconds, place.queue._key + ".lease")


def test_of_many_at_once_one_gets_it(run: Any) -> None:
    async def scenario(place: Any) -> None:
        those = [Holder(f"Dr {n}", f"page-{n}") for n in range(10)]
        taken = await asyncio.gather(*(leases(place).take("a", one) for one in those))
        assert sum(taken) == 1
        assert await leases(place).holders(["a", "b"]) == {"a": those[taken.index(True)]}

    run(scenario)


def test_the_holder_may_take_it_again_and_another_only_when_it_is_given_back(run: Any) -> None:
    async def scenario(place: Any) -> None:
        these = leases(place)
        assert await these.take("a", LI)
        assert await these.take("a", LI)
        assert not await these.take("a", WU)
        assert not await these.give_back("a", WU)
        assert not await these.renew("a", WU)
        assert await these.give_back("a", LI)
        assert not await these.renew("a", LI)
        assert await these.take("a", WU)

    run(scenario)


def test_the_same_reviewer_at_two_pages_is_two_holders(run: Any) -> None:
    async def scenario(place: Any) -> None:
        these = leases(place)
        assert await these.take("a", LI)
        assert not await these.take("a", LI._replace(desk="page-9"))

    run(scenario)


def test_it_runs_out_unless_it_is_renewed(run: Any) -> None:
    async def scenario(place: Any) -> None:
        long, short = leases(place), leases(place, 0.05)
        assert await short.take("a", LI)
        assert await short.take("b", LI)
        assert await long.renew("b", LI)
        async with asyncio.timeout(5):
            while await short.holders(["a"]):
                await asyncio.sleep(0.01)
        assert await long.take("a", WU)
        assert not await long.take("b", WU)

    run(scenario)


def test_a_lost_redis_loses_leases_only_until_they_are_taken_again(run: Any) -> None:
    async def scenario(place: Any) -> None:
        these = leases(place)
        assert await these.take("a", LI)
        await place.redis.delete(these._place("a"))
        assert await these.holders(["a"]) == {}
        assert await these.take("a", LI)

    run(scenario)


@pytest.mark.parametrize("name", ["Dr 李", "two\nlines", ""])
def test_any_name_is_read_back(run: Any, name: str) -> None:
    async def scenario(place: Any) -> None:
        holder = Holder(name, "page-1")
        assert await leases(place).take("a", holder)
        assert (await leases(place).holders(["a"]))["a"] == holder

    run(scenario)
