"""How much CPU the work of one stage takes, though many stages share a thread: each step of its coroutines is timed."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Coroutine, Generator
from contextvars import ContextVar
from typing import Any, TypeVar
from weakref import WeakSet

T = TypeVar("T")

_METER: ContextVar[CpuMeter | None] = ContextVar("cpu_meter", default=None)
"""Of the stage whose work the running task is."""
_STAGES: WeakSet[CpuMeter] = WeakSet()
"""The meters of the stages that run in this process."""


class CpuMeter:
    """Adds up the CPU time of coroutines' steps; a step runs from one suspension to the next, on one thread."""

    __slots__ = ("__weakref__", "_nanoseconds", "stage")

    def __init__(self, stage: str = "") -> None:
        """`stage` is the name under which `stage_milliseconds` tells it."""
        self.stage = stage
        self._nanoseconds = 0
        if stage:
            _STAGES.add(self)

    @property
    def milliseconds(self) -> float:
        """CPU time until now."""
        return self._nanoseconds / 1e6

    def start(self, coroutine: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run a coroutine as a task, every step of it timed, and so the tasks that `start_task` makes inside it."""
        token = _METER.set(self)
        try:
            return asyncio.create_task(self.timed(coroutine))
        finally:
            _METER.reset(token)

    async def timed(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end, every step of it timed; returns or raises what it does."""
        result: T = await _Steps(self, coroutine)
        return result

    def step(self, coroutine: Coroutine[Any, Any, T], value: Any, error: BaseException | None) -> Any:
        """Take one step; raises StopIteration with the result at the end."""
        began = time.thread_time_ns()
        try:
            return coroutine.send(value) if error is None else coroutine.throw(error)
        finally:
            self._nanoseconds += time.thread_time_ns() - began


def start_task(coroutine: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Run a coroutine as a task, timed by the meter of whoever asked for it, if there is one."""
    meter = _METER.get()
    return asyncio.create_task(coroutine) if meter is None else meter.start(coroutine)


def stage_milliseconds() -> dict[str, float]:
    """Return the CPU time (ms) of every stage that runs in this process until now: its handlers' steps, its poll thread
    and its consumer's thread, which are named after it."""
    threads = {one.name: _milliseconds(one) for one in threading.enumerate()}
    told: dict[str, float] = {}
    for meter in list(_STAGES):
        around = sum(used for name, used in threads.items() if name.endswith(f"-{meter.stage}"))
        told[meter.stage] = told.get(meter.stage, 0.0) + meter.milliseconds + around
    return told


def _milliseconds(thread: threading.Thread) -> float:
    """Return the CPU time of a thread; 0 for one that has ended meanwhile."""
    if thread.ident is None:
        return 0.0
    try:
        return 1000.0 * time.clock_gettime(time.pthread_getcpuclockid(thread.ident))
    except OSError:
        return 0.0


class _Steps:
    def __init__(self, meter: CpuMeter, coroutine: Coroutine[Any, Any, Any]) -> None:
        self._meter = meter
        self._coroutine = coroutine

    def __await__(self) -> Generator[Any, Any, Any]:
        value, error = None, None
        try:
            while True:
                try:
                    waited = self._meter.step(self._coroutine, value, error)
                except StopIteration as end:
                    return end.value
                value, error = None, None
                try:
                    value = yield waited
                except BaseException as thrown:  # noqa: BLE001 - handed on to the coroutine, whatever it is
                    error = thrown
        finally:
            self._coroutine.close()
