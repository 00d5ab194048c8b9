"""Rates of counters over a recent window."""

from __future__ import annotations

import time
from collections import defaultdict, deque

WINDOW = 30.0
"""Seconds."""


class Rates:
    """How fast counters move, each by its name; a counter that falls begins anew."""

    def __init__(self, window: float = WINDOW) -> None:
        self._window = window
        self._seen: defaultdict[str, deque[tuple[float, int]]] = defaultdict(deque)

    def seen(self, name: str, count: int, at: float | None = None) -> float:
        """Note a count (at a time of the monotonic clock, in seconds; default now); return the rate over the window
        that ends with it, in units per second: 0 at first."""
        at = time.monotonic() if at is None else at
        seen = self._seen[name]
        if seen and count < seen[-1][1]:
            seen.clear()
        seen.append((at, count))
        # The oldest one that is kept lies at the window's edge or beyond it, so that a rate is over a whole window.
        while len(seen) > 2 and at - seen[1][0] >= self._window:
            seen.popleft()
        began, first = seen[0]
        return (count - first) / (at - began) if at > began else 0.0
