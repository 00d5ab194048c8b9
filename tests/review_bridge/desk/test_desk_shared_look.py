"""However many pages ask, the deployment is looked at once in a while."""

from __future__ import annotations

import asyncio

from review_bridge.desk.pipeline import Pipeline, SharedLook


def test_many_at_once_share_one_look_and_a_later_one_looks_again() -> None:
    now, looks = [0.0], list[float]()

    async def look() -> Pipeline:
        looks.append(now[0])
        await asyncio.sleep(0)
        return Pipeline(str(len(looks)), {}, (), (), (), ())

    async def scenario() -> None:
        shared = SharedLook(look, 1.5, lambda: now[0])
        found = await asyncio.gather(*(shared() for _ in range(5)))
        assert {one.doing for one in found if one} == {"1"}
        now[0] = 1.4
        assert (await shared() or found[0]) is found[0]
        now[0] = 1.6
        assert await shared() is not found[0]
        assert looks == [0.0, 1.6]

    asyncio.run(scenario())


def test_a_look_that_took_long_is_shown_for_longer() -> None:
    now, looks = [0.0], list[float]()

    async def look() -> str:
        looks.append(now[0])
        now[0] += 3.0
        return str(len(looks))

    async def scenario() -> None:
        shared = SharedLook(look, 1.5, lambda: now[0])
        assert await shared() == "1"
        now[0] = 14.9
        assert await shared() == "1"
        now[0] = 15.1
        assert await shared() == "2"

    asyncio.run(scenario())
