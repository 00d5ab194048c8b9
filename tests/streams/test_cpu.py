"""The CPU time of one stage's coroutines, apart from everything else on the thread."""

from __future__ import annotations

import asyncio
import functools
import threading
import time
from collections.abc import Awaitable, Callable

import pytest

from streams.coalesce import Coalescer
from streams.cpu import CpuMeter, stage_milliseconds, start_task


def on_a_loop(test: Callable[[], Awaitable[None]]) -> Callable[[], None]:
    @functools.wraps(test)
    def run() -> None:
        asyncio.run(test())  # type: ignore[arg-type]

    return run


def burn(milliseconds: float) -> None:
    until = time.thread_time() + milliseconds / 1000
    while time.thread_time() < until:
        pass


async def steps(*milliseconds: float) -> str:
    for one in milliseconds:
        burn(one)
        await asyncio.sleep(0)
    return "done"


@on_a_loop
async def test_each_meter_counts_its_own_steps_only() -> None:
    busy, idle = CpuMeter(), CpuMeter()

    async def waits() -> None:
        await asyncio.sleep(0.05)

    assert await asyncio.gather(busy.start(steps(20, 20)), idle.start(waits()), asyncio.create_task(steps(30))) == [
        "done",
        None,
        "done",
    ]
    assert 40 <= busy.milliseconds < 60
    assert idle.milliseconds < 5


@on_a_loop
async def test_a_task_that_a_stage_starts_is_counted_for_it() -> None:
    meter = CpuMeter()

    async def outer() -> None:
        await start_task(steps(20))

    await meter.start(outer())
    assert meter.milliseconds >= 20


@on_a_loop
async def test_a_group_of_calls_is_counted_for_whoever_began_it() -> None:
    meter = CpuMeter()

    async def work(numbers: list[int]) -> list[int]:
        burn(20)
        return [number + 1 for number in numbers]

    grouped: Coalescer[int, int] = Coalescer(work)  # type: ignore[arg-type]

    async def caller() -> list[int]:
        return list(await asyncio.gather(grouped(1), grouped(2)))

    assert await meter.start(caller()) == [2, 3]
    assert meter.milliseconds >= 20


@on_a_loop
async def test_without_a_meter_a_task_is_a_task() -> None:
    assert await start_task(steps(0)) == "done"


@on_a_loop
async def test_errors_and_cancellation_pass_through() -> None:
    meter = CpuMeter()

    async def fails() -> None:
        await asyncio.sleep(0)
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        await meter.start(fails())

    cleaned: list[bool] = []

    async def waits() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            cleaned.append(True)

    task = meter.start(waits())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert cleaned == [True]


@on_a_loop
async def test_an_error_handed_in_can_be_handled_by_the_coroutine() -> None:
    meter = CpuMeter()

    async def patient() -> str:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(future.set_exception, KeyError("one"))
        try:
            await future
        except KeyError:
            return "handled"
        return "not reached"

    assert await meter.start(patient()) == "handled"


@on_a_loop
async def test_stages_of_this_process_are_told_by_name_with_their_threads() -> None:
    meter = CpuMeter("weighing")
    thread = threading.Thread(target=burn, args=(60,), name="poll-weighing")
    release = threading.Event()
    keeper = threading.Thread(target=lambda: (burn(60), release.wait()), name="kafka-io-weighing", daemon=True)
    for one in (thread, keeper):
        one.start()
    thread.join()
    await meter.start(steps(20))
    deadline = time.monotonic() + 5
    while stage_milliseconds()["weighing"] < 70 and time.monotonic() < deadline:
        await asyncio.sleep(0.01)
    assert stage_milliseconds()["weighing"] >= 70
    release.set()
