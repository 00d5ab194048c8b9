"""Keeps Faust's libraries from filling the log: while a broker is away they tell of it thirty times a second."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

EVERY = 30.0
"""Seconds between two lines of one logger, at least."""
TALKERS = (
    "aiokafka",
    "aiokafka.consumer.fetcher",
    "aiokafka.consumer.group_coordinator",
    "aiokafka.producer.sender",
)


class Seldom(logging.Filter):
    """Lets a line of a logger pass once in a while."""

    def __init__(self, every: float = EVERY, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._every = every
        self._clock = clock
        self._last = float("-inf")

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a line passes."""
        now = self._clock()
        if now - self._last < self._every:
            return False
        self._last = now
        return True


def quieten() -> None:
    """Let the talkers say one line in a while, and Faust what goes wrong; for the process that runs a worker."""
    for name in ("faust", "mode", "aiokafka"):
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in TALKERS:
        logging.getLogger(name).addFilter(Seldom())
