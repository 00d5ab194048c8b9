"""How many actors a pool should have, from the lag of its stages: pure, no clock of its own."""

from __future__ import annotations

from actors.pools.settings import PoolSettings


class Scaling:
    """Decides the size of one pool. It grows at once and shrinks one by one, after fewer were enough for a while."""

    def __init__(self, pool: PoolSettings) -> None:
        self._pool = pool
        self._fewer_since: float | None = None

    def enough(self, lag: int) -> int:
        """Return how many actors a lag of so many records calls for: ⌈lag ÷ lag_per_actor⌉ within the bounds."""
        pool = self._pool
        return min(pool.max_actors, max(pool.min_actors, -(-lag // pool.lag_per_actor)))

    def wanted(self, lag: int | None, have: int, now: float, *, paused: bool = False) -> int:
        """Return how many actors there should be from now on.

        `lag` is None while the broker does not tell it, `have` counts actors that load or work, not those that leave;
        `now` is in seconds of a monotonic clock. While a stage of the pool is `paused` none leaves: a pause ends, and
        an engine is long in loading.
        """
        if lag is None:
            self._fewer_since = None
            return min(self._pool.max_actors, max(self._pool.min_actors, have))
        enough = self.enough(lag)
        if enough >= have or paused:
            self._fewer_since = None
            return max(enough, min(have, self._pool.max_actors))
        if self._fewer_since is None:
            self._fewer_since = now
        if now - self._fewer_since < self._pool.scale_in_seconds:
            return have
        self._fewer_since = now
        return have - 1
