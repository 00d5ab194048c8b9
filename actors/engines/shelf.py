"""Which adapters an engine holds: one that answers, one loaded beside it, and those that requests in flight still use.

Two at most are in the engine at a time, so that a step never mixes more: whoever loads another waits until those that
leave are left by their last request. An engine without adapters has a shelf with one entry.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from actors.engines.errors import EngineNotUsable

LOOK_S = 0.02


@dataclass(eq=False)
class Held:
    """One adapter in an engine."""

    name: str
    """Empty: none, the bare model."""
    lora: Any = None
    """What the engine knows it by."""
    in_flight: int = 0
    """Requests that are answered with it now."""


class Shelf:
    """Callable from any thread and event loop, except that one `make_room` … `put` runs at a time."""

    def __init__(self, first: Held, remove: Callable[[Held], None]) -> None:
        """`remove` takes an adapter out of the engine that no request uses any more; it may not block."""
        self._lock = threading.Lock()
        self._answering = first
        self._beside: Held | None = None
        self._leaving: list[Held] = []
        self._remove = remove

    @property
    def answering(self) -> Held:
        """What answers requests that come now."""
        return self._answering

    @contextmanager
    def taken(self, name: str | None = None) -> Iterator[Held]:
        """Hold on to the adapter that answers, or to a loaded one by name, for the time of a request.

        Raises:
            EngineNotUsable: no adapter of that name is loaded.
        """
        with self._lock:
            held = self._answering if name is None else self._named(name)
            held.in_flight += 1
        try:
            yield held
        finally:
            with self._lock:
                held.in_flight -= 1
            self._sweep()

    def keep(self, name: str) -> bool:
        """Return whether an adapter is loaded; one that was about to leave stays, then."""
        with self._lock:
            for one in self._leaving:
                if one.name == name and self._beside is None:
                    self._leaving.remove(one)
                    self._beside = one
            return name in (self._answering.name, self._beside and self._beside.name)

    async def make_room(self) -> None:
        """Let go what is loaded and does not answer, and wait until no request uses it any more."""
        with self._lock:
            if self._beside is not None:
                self._leaving.append(self._beside)
                self._beside = None
        self._sweep()
        while self._leaving:
            await asyncio.sleep(LOOK_S)

    def put(self, held: Held) -> None:
        """Take in what was loaded after `make_room`."""
        with self._lock:
            self._beside = held

    def use(self, name: str) -> None:
        """Answer with a loaded adapter from now on.

        Raises:
            EngineNotUsable: no adapter of that name is loaded.
        """
        with self._lock:
            new = self._named(name)
            if new is self._answering:
                return
            self._leaving.append(self._answering)
            self._answering, self._beside = new, None
        self._sweep()

    def _named(self, name: str) -> Held:
        for one in (self._answering, self._beside):
            if one is not None and one.name == name:
                return one
        raise EngineNotUsable(f"no adapter {name or 'of zeros'} is loaded: load it before it is used")

    def _sweep(self) -> None:
        with self._lock:
            free = [one for one in self._leaving if not one.in_flight]
            self._leaving = [one for one in self._leaving if one.in_flight]
        for one in free:
            self._remove(one)
