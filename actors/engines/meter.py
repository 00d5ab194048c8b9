"""Counts of one engine, written by the thread that computes and read from any other."""

from __future__ import annotations

import threading
import time

from actors.engines.base import EngineProgress


class Meter:
    """Counts tokens, requests and completions; every method may be called from any thread.

    An engine tells of its completions in one of two ways: by `computed` after each of its steps, or, where it does not
    see the steps, by `computing` whenever a completion begins or ends.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tokens = 0
        self._running = 0
        self._waiting = 0
        self._last_token_at: float | None = None
        self._busy_since: float | None = None
        self._sequences = 0
        self._sequence_seconds = 0.0
        self._level_since: float | None = None
        self._prompt_tokens = 0
        self._cached_tokens = 0

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

    def lives(self) -> None:
        """Take in a sign of life that is no token: a server that asks for patience."""
        with self._lock:
            self._last_token_at = time.monotonic()

    def computed(self, sequences: int, seconds: float) -> None:
        """Count a step that took so many seconds and made tokens of so many completions."""
        with self._lock:
            self._sequences = sequences
            self._sequence_seconds += sequences * seconds

    def computing(self, change: int) -> None:
        """Count completions that begin (above 0) or end (below 0) being computed."""
        with self._lock:
            self._level()
            self._sequences += change

    def prompted(self, tokens: int, cached: int) -> None:
        """Count the prompt of a completion that begins, and how much of it was in the prefix cache."""
        with self._lock:
            self._prompt_tokens += tokens
            self._cached_tokens += cached

    def left(self, *, started: bool) -> None:
        """Count a request that was finished, refused or taken back; `started`: it had made a token."""
        with self._lock:
            if started:
                self._running -= 1
            else:
                self._waiting -= 1
            if not self._running + self._waiting:
                self._busy_since = None
                if self._level_since is None:  # the last step lies in the past
                    self._sequences = 0

    def read(self) -> EngineProgress:
        """Return a consistent snapshot."""
        with self._lock:
            if self._level_since is not None:
                self._level()
            return EngineProgress(
                tokens=self._tokens,
                running=self._running,
                waiting=self._waiting,
                last_token_at=self._last_token_at,
                busy_since=self._busy_since,
                sequences=self._sequences,
                sequence_seconds=self._sequence_seconds,
                prompt_tokens=self._prompt_tokens,
                cached_tokens=self._cached_tokens,
            )

    def _level(self) -> None:
        """Add what has passed at the present number of completions."""
        now = time.monotonic()
        if self._level_since is not None:
            self._sequence_seconds += self._sequences * (now - self._level_since)
        self._level_since = now


class Flight:
    """One request in an engine: waiting until its first token is made, running from then on."""

    def __init__(self, meter: Meter) -> None:
        self.meter = meter
        self._started = False
        meter.came()

    def made(self, tokens: int) -> None:
        """Count tokens of any of its completions."""
        first = bool(tokens) and not self._started
        self._started = self._started or first
        self.meter.made(tokens, int(first))

    def left(self) -> None:
        """Count it as gone."""
        self.meter.left(started=self._started)
