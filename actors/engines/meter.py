"""Counts of one engine, written by the thread that computes and read from any other."""

from __future__ import annotations

import threading
import time

from actors.engines.base import EngineProgress


class Meter:
    """Counts tokens and requests; every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tokens = 0
        self._running = 0
        self._waiting = 0
        self._last_token_at: float | None = None
        self._busy_since: float | None = None

    def came(self) -> None:
        """Count a request that came and has made no token."""
        with self._lock:
            self._waiting += 1
            if self._busy_since is None:
                self._busy_since = time.monotonic()

    def made(self, tokens: int, started: int = 0) -> None:
        """Count new tokens, and how many requests made their first one."""
        with self._lock:
            self._tokens += tokens
            self._waiting -= started
            self._running += started
            if tokens:
                self._last_token_at = time.monotonic()

    def left(self, *, started: bool) -> None:
        """Count a request that was finished, refused or taken back; `started`: it had made a token."""
        with self._lock:
            if started:
                self._running -= 1
            else:
                self._waiting -= 1
            if not self._running + self._waiting:
                self._busy_since = None

    def read(self) -> EngineProgress:
        """Return a consistent snapshot."""
        with self._lock:
            return EngineProgress(self._tokens, self._running, self._waiting, self._last_token_at, self._busy_since)
