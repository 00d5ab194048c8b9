"""Named crash points: how tests make a process die at the worst moments.

`SPINESTREAM_CRASH_AT=after-result-before-emit:3` kills the process by SIGKILL at that point, three times in all over
every process that shares `SPINESTREAM_CRASH_LOG` (a file; each hit adds a line before the kill), each time at the 7th
passage of the point in a process's life. Without the variable a point costs one comparison.
"""

from __future__ import annotations

import fcntl
import os
import signal
from enum import StrEnum
from pathlib import Path


class CrashPoint(StrEnum):
    """A place between two durable steps."""

    AFTER_BLOB = "after-blob"
    """Bytes are in the blob store, nobody knows of them yet."""
    AFTER_COMMAND_WRITE = "after-command-write"
    """A command's document is written with its event unsent."""
    AFTER_PUBLISH_BEFORE_CLEAR = "after-publish-before-clear"
    """The event is out, its unsent mark still stands."""
    AFTER_RESULT_BEFORE_EMIT = "after-result-before-emit"
    """A stage result is durable, its event is not out."""
    AFTER_EMIT_BEFORE_COMMIT = "after-emit-before-commit"
    """The event is out, the offset is not committed."""
    IN_REBALANCE = "in-rebalance"
    """Partitions are being taken away or handed out."""
    IN_SINK_WRITE = "in-sink-write"
    """A sink's bulk write is on its way."""


PASSAGES_BEFORE_A_CRASH = 7
_wanted, _, _times = os.environ.get("SPINESTREAM_CRASH_AT", "").partition(":")
_every = int(os.environ.get("SPINESTREAM_CRASH_EVERY", str(PASSAGES_BEFORE_A_CRASH)))
_passed = 0


def crash_point(point: CrashPoint) -> None:
    """Die here when a test asked for it."""
    if _wanted and _wanted == point:
        _pass(point)


def _pass(point: CrashPoint) -> None:
    global _passed
    _passed += 1
    if _passed < _every:
        return
    log = Path(os.environ["SPINESTREAM_CRASH_LOG"])
    with log.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        if sum(1 for _ in file) >= int(_times or "1"):
            return
        file.write(f"{point} {os.getpid()}\n")
        file.flush()
        os.fsync(file.fileno())
    os.kill(os.getpid(), signal.SIGKILL)
