"""Whether a role's process lives and serves, asked about progress: a process that is there may do nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from streams.telemetry import standing

BEAT_SECONDS = 60.0
"""How long the loop of a process may not come round before it counts as stuck; it comes round about once a second."""

Clock = Callable[[], float]


class Health:
    """Of one process. Its loop calls `beat`; the listener's threads ask."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._beat: float | None = None
        self._serves: Callable[[], bool] = lambda: False
        self._leaving = False

    def beat(self) -> None:
        """The loop of the process came round."""
        with self._lock:
            self._beat = self._clock()

    def serves(self, asked: Callable[[], bool]) -> None:
        """Ask `asked` whether the role serves, from now on."""
        self._serves = asked

    def leave(self) -> None:
        """The role is about to end: it is not ready any more."""
        self._leaving = True

    def troubles(self) -> list[str]:
        """Return why the process counts as stuck, a sentence each; none while it lives. Before its loop first comes
        round it is starting, which is bounded by whoever started it."""
        with self._lock:
            beat = self._beat
        if beat is None:
            return []
        silent = self._clock() - beat
        late = [f"the loop of the process has not come round for {silent:.0f} s"] if silent > BEAT_SECONDS else []
        return late + standing.stuck(self._clock())

    def unready(self) -> str:
        """Return why the role does not serve, empty where it does."""
        if self._leaving:
            return "the role is leaving"
        if self._beat is None or not self._serves():
            return "the role is starting"
        return ""
