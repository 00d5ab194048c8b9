"""An event loop in a thread of its own, for engines whose client belongs to one loop while callers come from many."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")


class LoopThread:
    """Runs coroutines for callers on any loop or thread until it is stopped."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether it was not stopped."""
        return self._thread.is_alive()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine and block until it has ended; never called from the loop itself."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine there and wait for it here; cancelling the wait cancels it."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    def post(self, work: Coroutine[Any, Any, object]) -> None:
        """Let a coroutine run there and wait for nothing; what it raises is logged."""
        asyncio.run_coroutine_threadsafe(work, self._loop).add_done_callback(_tell)

    def stop(self, timeout_s: float = 10.0) -> None:
        """Cancel what still runs, let it end, and stop the thread; blocks. May be called again."""
        if not self.alive:
            return
        self.run(_cancel_others())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout_s)
        if not self.alive:
            self._loop.close()


def _tell(done: Future[object]) -> None:
    if not done.cancelled() and (error := done.exception()) is not None:
        log.warning("%s: %s", type(error).__name__, error)


async def _cancel_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
