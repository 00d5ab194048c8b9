"""What the engines were asked, counted in a real Redis."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from redis.asyncio import Redis

from actors.usage import KEY, Usage, Used


@pytest.fixture
def on(redis_url: str) -> Callable[[Callable[[Usage, Redis], Awaitable[None]]], None]:
    """Run a check with counters; they are shared by the session, so count from where they stand."""

    def run(check: Callable[[Usage, Redis], Awaitable[None]]) -> None:
        async def go() -> None:
            async with Redis.from_url(redis_url) as redis:
                await check(Usage(redis), redis)

        asyncio.run(go())

    return run


def test_calls_and_tokens_are_counted_apart_and_by_everyone(on) -> None:
    async def check(usage, redis) -> None:
        before = await usage.used()
        others = [Usage(redis) for _ in range(10)]
        await asyncio.gather(*(one.called() for one in others), usage.called(3))
        await asyncio.gather(*(one.answered(100, 7) for one in others[:4]))
        assert (await usage.used()).since(before) == Used(calls=13, prompt_tokens=400, output_tokens=28)

    on(check)


def test_nothing_is_counted_where_nothing_was_asked(on) -> None:
    async def check(usage, redis) -> None:
        await redis.delete(KEY)
        assert await usage.used() == Used()
        await usage.called()
        assert await usage.used() == Used(calls=1)

    on(check)


def test_what_was_used_since_is_a_difference() -> None:
    assert Used(5, 30, 9).since(Used(2, 10, 9)) == Used(3, 20, 0)
