"""Lets many be in an engine together, or one alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


class Gate:
    """A shared and an exclusive way in, for one event loop. Who wants to be alone goes before who does not: a suspect
    among a steady stream of others would wait for ever."""

    def __init__(self) -> None:
        self._inside = 0
        self._alone = False
        self._wanting = 0
        self._waiting: list[asyncio.Future[None]] = []

    @asynccontextmanager
    async def shared(self) -> AsyncIterator[None]:
        """Be in among others."""
        await self._until(lambda: not self._alone and not self._wanting)
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1
            self._wake()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Be in with nobody else."""
        self._wanting += 1
        try:
            await self._until(lambda: not self._alone and not self._inside)
        except BaseException:
            self._wanting -= 1
            self._wake()
            raise
        self._wanting -= 1
        self._alone = True
        try:
            yield
        finally:
            self._alone = False
            self._wake()

    async def _until(self, free: Callable[[], bool]) -> None:
        while not free():
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            await future

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            if not one.done():
                one.set_result(None)
