"""Groups calls that come within a few milliseconds into one, so that many records share one round trip."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from streams.cpu import start_task

T = TypeVar("T")
R = TypeVar("R")


class Coalescer(Generic[T, R]):
    """Collects arguments and hands them to `work` together; each caller gets its own result back, or the shared
    error."""

    def __init__(
        self, work: Callable[[Sequence[T]], Awaitable[Sequence[R]]], seconds: float = 0.003, limit: int = 500
    ) -> None:
        """`work` returns one result an argument, in order; `seconds` is how long calls are collected while another
        group is at work."""
        self._work = work
        self._seconds = seconds
        self._limit = limit
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._running: set[asyncio.Task[None]] = set()

    async def __call__(self, argument: T) -> R:
        """Return the result for one argument."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[R] = loop.create_future()
        self._waiting.append((argument, future))
        if len(self._waiting) >= self._limit:
            self._flush()
        elif self._timer is None:
            # Idle: whoever comes in this turn of the loop goes at once. Busy: more will come within the time.
            self._timer = loop.call_later(self._seconds if self._running else 0, self._flush)
        return await future

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        group, self._waiting = self._waiting, []
        if group:
            task = start_task(self._run(group))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _run(self, group: list[tuple[T, asyncio.Future[R]]]) -> None:
        try:
            results = await self._work([argument for argument, _ in group])
            pairs = list(zip(group, results, strict=True))
        except Exception as error:  # noqa: BLE001 - every caller gets it
            for _, future in group:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), result in pairs:
            if not future.done():
                future.set_result(result)
