"""Runs actors step by step in every order there is.

An actor is a coroutine that awaits its `step` before each access to something shared. `every_interleaving` runs the
actors again and again, each time along another path, until all have been run (a depth-first search over the choices).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from review_bridge.fill import Fill
from review_bridge.queue import QueueEntry, ReviewQueue
from review_bridge.store import SampleStore

Step = Callable[[], Awaitable[None]]
Actor = Callable[[Step], Awaitable[Any]]


class _Runner:
    """One actor, held before each of its steps."""

    def __init__(self, actor: Actor) -> None:
        self._go, self._held, self._ended = asyncio.Event(), asyncio.Event(), False
        self.task = asyncio.create_task(self._run(actor))

    async def _run(self, actor: Actor) -> None:
        try:
            await actor(self._step)
        finally:
            self._ended = True
            self._held.set()

    async def _step(self) -> None:
        self._held.set()
        await self._go.wait()
        self._go.clear()

    async def settled(self) -> bool:
        """Wait until it is held or has ended; True if it is held."""
        await self._held.wait()
        if self._ended:
            await self.task
        return not self._ended

    async def advance(self) -> None:
        self._held.clear()
        self._go.set()
        await self.settled()


async def run_along(actors: Sequence[Actor], path: Sequence[int]) -> list[tuple[int, int]]:
    """Run the actors, at each choice by `path`, beyond it the first; return [(chosen, how many there were)]."""
    runners = [_Runner(actor) for actor in actors]
    taken: list[tuple[int, int]] = []
    while ready := [one for one in runners if await one.settled()]:
        chosen = path[len(taken)] if len(taken) < len(path) else 0
        taken.append((chosen, len(ready)))
        await ready[chosen].advance()
    return taken


async def every_interleaving(
    prepare: Callable[[], Awaitable[Sequence[Actor]]], check: Callable[[list[int]], Awaitable[None]]
) -> int:
    """Run all paths, `check` after each of them; return how many there are."""
    paths: list[list[int]] = [[]]
    count = 0
    while paths:
        path = paths.pop()
        taken = await run_along(await prepare(), path)
        count += 1
        await check([chosen for chosen, _ in taken])
        for n in range(len(path), len(taken)):
            paths += [[*(c for c, _ in taken[:n]), other] for other in range(1, taken[n][1])]
    return count


async def run_until(actor: Actor, steps: int) -> bool:
    """Run an actor and kill it before its step number `steps`; returns whether it was still running."""
    runner = _Runner(actor)
    for _ in range(steps):
        if not await runner.settled():
            return False
        await runner.advance()
    if not await runner.settled():
        return False
    runner.task.cancel()
    await asyncio.gather(runner.task, return_exceptions=True)
    return True


class SteppedStore(SampleStore):
    """A store whose accesses are steps."""

    def __init__(self, database: Any, step: Step) -> None:
        super().__init__(database)
        self._step = step

    async def _write(self, fills: dict[str, Fill]) -> None:  # type: ignore[override]
        await self._step()
        await super()._write(fills)

    async def standings(self, item_ids: Any) -> Any:
        await self._step()
        return await super().standings(item_ids)

    async def get(self, item_id: str) -> Any:
        await self._step()
        return await super().get(item_id)

    async def ids_of_source(self, source: str, after: str = "", limit: int = 500) -> tuple[str, ...]:
        await self._step()
        return await super().ids_of_source(source, after, limit)

    async def ids_in(self, state: Any, after: str = "", limit: int = 500) -> tuple[str, ...]:
        await self._step()
        return await super().ids_in(state, after, limit)


class MergingInOneStep(SteppedStore):
    """For an actor that does not use what a merge tells."""

    async def merge(self, parts: Any) -> Any:
        await self._step()
        return await SampleStore(self._database).merge(parts)


class SteppedQueue(ReviewQueue):
    """A queue whose accesses are steps."""

    def __init__(self, queue: ReviewQueue, step: Step) -> None:
        super().__init__(queue._redis, queue._key)
        self._step = step

    async def put(self, entries: Sequence[QueueEntry]) -> None:
        await self._step()
        await super().put(entries)

    async def take_off(self, item_ids: Any) -> int:
        await self._step()
        return await super().take_off(item_ids)

    async def ids(self, limit: int | None = None) -> tuple[str, ...]:
        await self._step()
        return await super().ids(limit)
