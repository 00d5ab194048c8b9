"""What the pipeline page shows; the role that serves the desk tells it, since the desk sees samples only."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class StageRow(NamedTuple):
    """One stage."""

    name: str
    waiting: int
    """Records that came and are not finished."""
    in_flight: int | None
    """Records in the hands of engine actors; None for a stage without an engine, or where it is not known here."""
    per_second: float
    """Records finished a second, of late."""
    paused: str
    """Who paused it and why; empty while it works."""


class KindRow(NamedTuple):
    """The items of one kind in one language."""

    kind: str
    language: str
    planned: int
    queued: int
    """In the review queue, or decided on."""
    held: int
    dead: int


class ProcessRow(NamedTuple):
    """A server or a role."""

    name: str
    state: str
    """`up`, or what else it is."""
    starts: int | None
    """How often it was started; None where nobody counts."""


class ActorRow(NamedTuple):
    """An engine actor."""

    pool: str
    name: str
    state: str
    in_flight: int
    tokens_per_second: float


class Pipeline(NamedTuple):
    """A deployment at one moment."""

    doing: str
    """What it does, in a few words."""
    counts: Mapping[str, int]
    """Samples by state, and sources, in the order in which they are shown."""
    stages: tuple[StageRow, ...]
    kinds: tuple[KindRow, ...]
    processes: tuple[ProcessRow, ...]
    actors: tuple[ActorRow, ...]
    budget: str = ""
    """What of the budget is used, in a few words; empty where there is none."""
    oldest_wait: float | None = None
    """Seconds that the oldest sample in the review queue has waited, 0 where none waits; None where nobody knows."""


Look = Callable[[], Awaitable[Pipeline | None]]
"""Looks at the deployment; None while a server does not answer."""


SPARED = 4.0
"""A look that took long is shown for so many times as long: looking takes a fifth of a server's time at most."""


class SharedLook(Generic[T]):
    """Looks at most once in a while, however many pages ask; nobody asks, nothing is looked at."""

    def __init__(
        self, look: Callable[[], Awaitable[T | None]], seconds: float = 1.5, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """A look younger than `seconds`, or than some times what it took, is shown again."""
        self._look = look
        self._seconds = seconds
        self._clock = clock
        self._turn = asyncio.Lock()
        self._at = float("-inf")
        self._took = 0.0
        self._found: T | None = None

    async def __call__(self) -> T | None:
        """Return what was seen a moment ago."""
        async with self._turn:
            if self._clock() - self._at >= max(self._seconds, SPARED * self._took):
                began = self._clock()
                self._found = await self._look()
                self._at = self._clock()
                self._took = self._at - began
            return self._found
