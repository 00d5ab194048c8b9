"""How the facts stand, for those who ask whether their process lives: it reads with Faust's loop and not with ours."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from streams.telemetry.standing import STALL_SECONDS


@dataclass
class FactCounts:
    """What the worker says of itself; times are of the monotonic clock, in seconds."""

    last_settled: float
    """When the group was last seen to have committed, or it began."""
    busy_since: float
    """When records were first seen to wait, or to wait for no dependency any more."""
    waiting_for: str | None = None
    """The dependency it waits for."""


class FactsStanding:
    """Watched like a processing loop (`streams.telemetry.standing`). A consumer that Faust brings nothing has nothing
    in hand either: what waits in the log counts, and what the group commits, since others may have its partitions."""

    patience = STALL_SECONDS

    def __init__(self, group: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.group = group
        self.running = 0
        """Records that came and are not committed."""
        self._clock = clock
        self.counts = FactCounts(clock(), clock())

    def saw(self, waiting: int, settled: int, waiting_for: str | None = None) -> None:
        """Take a look: records that wait, those committed since the look before, the dependency that is waited for."""
        now, counts = self._clock(), self.counts
        if settled:
            counts.last_settled = now
        if not self.running or counts.waiting_for is not None:
            counts.busy_since = now
        self.running, counts.waiting_for = waiting, waiting_for

    def away(self, dependency: str) -> None:
        """A dependency does not answer: how many records wait is as it was."""
        self.counts.waiting_for = dependency
