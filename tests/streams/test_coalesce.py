"""Calls that come together share one round trip, and each gets its own answer or the shared error."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from streams.coalesce import Coalescer


class Work:
    def __init__(self, error: Exception | None = None, extra: int = 0) -> None:
        self.groups: list[list[int]] = []
        self._error = error
        self._extra = extra

    async def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.groups.append(list(numbers))
        await asyncio.sleep(0)
        if self._error:
            raise self._error
        return [number * 10 for number in numbers] + [0] * self._extra


def test_calls_that_come_together_are_one_call_and_each_gets_its_own_result() -> None:
    async def check() -> None:
        work = Work()
        ask: Coalescer[int, int] = Coalescer(work, seconds=0.001)
        assert await asyncio.gather(*(ask(number) for number in range(20))) == [n * 10 for n in range(20)]
        assert work.groups == [list(range(20))]
        assert await ask(7) == 70
        assert len(work.groups) == 2

    asyncio.run(check())


def test_nobody_waits_for_others_while_nothing_runs_and_all_are_collected_while_something_does() -> None:
    async def check() -> None:
        groups, release = [], asyncio.Event()

        async def work(numbers: Sequence[int]) -> list[int]:
            groups.append(list(numbers))
            if len(groups) == 1:
                await release.wait()
            return list(numbers)

        ask: Coalescer[int, int] = Coalescer(work, seconds=0.02)
        first = asyncio.create_task(ask(1))
        while not groups:
            await asyncio.sleep(0)
        others = [asyncio.create_task(ask(2))]
        await asyncio.sleep(0.001)
        others.append(asyncio.create_task(ask(3)))
        assert await asyncio.gather(*others) == [2, 3]
        release.set()
        assert await first == 1
        assert groups == [[1], [2, 3]]

    asyncio.run(check())


def test_a_full_group_does_not_wait() -> None:
    async def check() -> None:
        work = Work()
        ask: Coalescer[int, int] = Coalescer(work, seconds=3600, limit=3)  # would wait for ever if it did
        assert await asyncio.gather(*(ask(number) for number in range(6))) == [n * 10 for n in range(6)]
        assert work.groups == [[0, 1, 2], [3, 4, 5]]

    asyncio.run(check())


def test_everyone_gets_the_error_they_share_and_the_next_group_is_served() -> None:
    async def check() -> None:
        work = Work(error=OSError("away"))
        ask: Coalescer[int, int] = Coalescer(work, seconds=0.001)
        found = await asyncio.gather(*(ask(number) for number in range(3)), return_exceptions=True)
        assert [type(one) for one in found] == [OSError] * 3
        work._error = None
        assert await ask(1) == 10

    asyncio.run(check())


def test_work_that_returns_too_few_or_too_many_results_leaves_nobody_waiting() -> None:
    async def check() -> None:
        ask: Coalescer[int, int] = Coalescer(Work(extra=1), seconds=0.001)
        found = await asyncio.wait_for(asyncio.gather(ask(1), ask(2), return_exceptions=True), 5)
        assert [type(one) for one in found] == [ValueError] * 2

    asyncio.run(check())


def test_a_caller_who_gave_up_does_not_disturb_the_others() -> None:
    async def check() -> None:
        ask: Coalescer[int, int] = Coalescer(Work(), seconds=0.005)
        gone, stays = asyncio.create_task(ask(1)), asyncio.create_task(ask(2))
        await asyncio.sleep(0)
        gone.cancel()
        assert await stays == 20
        with pytest.raises(asyncio.CancelledError):
            await gone

    asyncio.run(check())
