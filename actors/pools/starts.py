"""Whether a pool may start another actor now: pure, no clock of its own."""

from __future__ import annotations

GIVE_UP_AFTER = 3
"""Actors in a row that end before they are ready, after which a pool that never had a ready one cannot work as it is
set, and any other waits before it starts the next."""
LONGEST_WAIT = 60.0
"""Seconds that it waits at most; it begins with one, and each further actor that does not get ready doubles it."""


class PoolFailed(Exception):
    """No actor ever got ready: the engine, its model or its settings are not usable."""


class Starts:
    """Is told how the actors of one pool start."""

    def __init__(self, pool: str) -> None:
        self._pool = pool
        self._worked = False
        self._failed = 0
        self._wait = 0.0
        self._not_before = 0.0
        self.trouble = ""
        """In words, why the next actor is not started at once; empty while all goes well."""

    def succeeded(self) -> None:
        """An actor got ready: the pool can work as it is set."""
        self._worked = True
        self._failed, self._wait, self._not_before, self.trouble = 0, 0.0, 0.0, ""

    def failed(self, why: str, now: float) -> None:
        """An actor ended before it was ready; `now` is in seconds of a monotonic clock.

        Raises PoolFailed when none ever was and too many in a row were not.
        """
        self._failed += 1
        if self._failed < GIVE_UP_AFTER:
            return
        told = f"{self._failed} engine actors of pool {self._pool} in a row did not get ready; the last one {why}"
        if not self._worked:
            raise PoolFailed(told)
        self._wait = min(LONGEST_WAIT, 2 * self._wait or 1.0)
        self._not_before = now + self._wait
        self.trouble = f"{told}; the next waits {self._wait:.0f} s"

    def may(self, now: float) -> bool:
        """Return whether another actor may be started now."""
        return now >= self._not_before
