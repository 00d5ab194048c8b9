"""Watches how far behind the stages are, on a thread: the broker may take seconds to answer, a manager may not."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Collection, Mapping

from streams.broker import Broker
from streams.errors import DependencyDown

log = logging.getLogger(__name__)

LOOK_EVERY = 2.0
STALE_AFTER = 10.0
"""Seconds after which a lag that was read says nothing any more."""


class LagWatch:
    """Reads the lag of consumer groups again and again. A context manager."""

    def __init__(self, broker: Broker, groups: Mapping[str, tuple[str, ...]]) -> None:
        """`groups` are the stages watched, with their topics."""
        self._broker = broker
        self._groups = groups
        self._read: dict[str, tuple[float, int]] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="lag", daemon=True)

    def __enter__(self) -> LagWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()

    def of(self, stages: Collection[str]) -> int | None:
        """Return how many records these stages have not committed; None where it is not known now."""
        fresh = time.monotonic() - STALE_AFTER
        found = [self._read.get(stage) for stage in stages]
        known = [lag for one in found if one is not None for at, lag in (one,) if at > fresh]
        return sum(known) if len(known) == len(found) else None

    def _watch(self) -> None:
        while not self._stop.is_set():
            for stage, topics in self._groups.items():
                try:
                    self._read[stage] = time.monotonic(), self._broker.lag(stage, topics)
                except DependencyDown as down:
                    log.info("lag of %s: %s", stage, down)
                except Exception as error:  # noqa: BLE001 - a thread that ended in silence would freeze every pool's size
                    log.warning("lag of %s: %s (%s)", stage, type(error).__name__, error)
            self._stop.wait(LOOK_EVERY)
