"""The compute lease on a real Redis: one holds it, it outlives no holder, and who loses it is stopped."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from redis.asyncio import Redis

from actors.compute import COMPUTE, ComputeLease, ComputePauses, LeaseLost, shares_compute
from streams.controls import Paused

LIFE = 0.5
Check = Callable[[Callable[..., ComputeLease]], Awaitable[None]]


@pytest.fixture
def leases(redis_url: str, topic_prefix: str) -> Callable[[Check], None]:
    """Run an async check with a maker of leases that are this test's alone."""

    def run(check: Check) -> None:
        async def go() -> None:
            redis = Redis.from_url(redis_url)
            try:
                await check(
                    lambda holder, **more: ComputeLease(
                        redis, holder, **{"life_seconds": LIFE, "key": f"{topic_prefix}compute", **more}
                    )
                )
            finally:
                await redis.delete(f"{topic_prefix}compute")
                await redis.aclose()

        asyncio.run(go())

    return run


def test_one_holds_it_and_the_next_waits(leases) -> None:
    async def check(lease: Callable[..., ComputeLease]) -> None:
        inside, most, order = 0, 0, []

        async def work(name: str) -> None:
            nonlocal inside, most
            async with lease(name).held():
                inside += 1
                most = max(most, inside)
                assert await lease("other").holder() == name
                await asyncio.sleep(0.1)
                order.append(name)
                inside -= 1

        await asyncio.gather(*(work(f"worker {number}") for number in range(4)))
        assert most == 1
        assert len(order) == 4
        assert await lease("other").holder() is None

    leases(check)


def test_it_is_kept_alive_for_as_long_as_it_is_held(leases) -> None:
    async def check(lease: Callable[..., ComputeLease]) -> None:
        async with lease("trainer").held():
            end = time.monotonic() + 3 * LIFE
            while time.monotonic() < end:
                assert await lease("other").holder() == "trainer"
                await asyncio.sleep(0.05)

    leases(check)


def test_a_holder_that_was_killed_holds_it_for_its_life_only(leases) -> None:
    async def check(lease: Callable[..., ComputeLease]) -> None:
        assert await lease("killed")._ask()  # and no heartbeat
        began = time.monotonic()
        async with lease("next").held():
            assert 0.5 * LIFE < time.monotonic() - began < 6 * LIFE

    leases(check)


def test_who_loses_it_is_stopped_and_told(leases) -> None:
    async def check(lease: Callable[..., ComputeLease]) -> None:
        mine = lease("trainer")
        reached: list[str] = []

        async def work() -> None:
            async with mine.held():
                reached.append("begun")
                await mine._redis.set(mine._key, "scorer|another", px=60_000)  # as after a stop of this process
                await asyncio.sleep(60)
                reached.append("ended")

        with pytest.raises(LeaseLost, match="trainer lost the compute lease"):
            await asyncio.wait_for(work(), 10)
        assert reached == ["begun"]
        assert await mine.holder() == "scorer", "what another holds is not let go"

    leases(check)


def test_who_is_cancelled_from_outside_is_cancelled_and_lets_it_go(leases) -> None:
    async def check(lease: Callable[..., ComputeLease]) -> None:
        begun = asyncio.Event()

        async def work() -> None:
            async with lease("trainer").held():
                begun.set()
                await asyncio.sleep(60)

        task = asyncio.create_task(work())
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await lease("other").holder() is None

    leases(check)


def test_an_error_inside_comes_out_and_lets_it_go(leases) -> None:
    async def check(lease: Callable[..., ComputeLease]) -> None:
        with pytest.raises(ZeroDivisionError):
            async with lease("trainer").held():
                raise ZeroDivisionError
        assert await lease("other").holder() is None

    leases(check)


def test_a_redis_that_was_flushed_takes_nobodys_work(leases) -> None:
    async def check(lease: Callable[..., ComputeLease]) -> None:
        mine = lease("trainer")
        async with mine.held():
            await mine._redis.delete(mine._key)
            end = time.monotonic() + 10
            while await mine.holder() != "trainer":
                assert time.monotonic() < end
                await asyncio.sleep(0.02)

    leases(check)


def test_where_it_is_not_wanted_nobody_waits(leases) -> None:
    async def check(lease: Callable[..., ComputeLease]) -> None:
        async with lease("trainer").held(), lease("scorer", wanted=False).held():
            assert await lease("other").holder() == "trainer"

    leases(check)


def test_stages_stand_still_while_it_is_held_and_a_persons_pause_is_told_first(leases) -> None:
    async def check(lease: Callable[..., ComputeLease]) -> None:
        asked: dict[str, Paused] = {"revise": Paused("budget", "spinestream", "")}

        async def paused() -> dict[str, Paused]:
            return asked

        pauses = ComputePauses(paused, lease("engine"), ("draft", "revise"))
        assert await pauses() == asked
        assert pauses.holder == ""
        async with lease("trainer 3fa9").held():
            assert await pauses() == {"draft": Paused(COMPUTE, "trainer 3fa9", ""), **asked}
            assert pauses.holder == "trainer 3fa9"
        assert await pauses() == asked

    leases(check)


@pytest.mark.parametrize(("file", "shares"), [("null", True), ("nvidia0", False), ("nvidiactl", True), ("kfd", False)])
def test_a_machine_with_a_gpu_takes_no_part_unless_it_is_set(tmp_path: Path, file: str, shares: bool) -> None:
    (tmp_path / file).touch()
    assert shares_compute(None, devices=tmp_path) is shares
    for setting in (True, False):
        assert shares_compute(setting, devices=tmp_path) is setting
