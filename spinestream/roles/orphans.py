"""A role whose supervisor is gone ends at once: its servers end with the supervisor, so there is nobody to leave for.

The launcher has the kernel send SIGTERM at the supervisor's death, which alone would start a clean leave that waits for
servers that are no more (20 s for a pool with work in hand). Ray's processes are ended first: left alone they stay for
another minute.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping

from spinestream.sessions import end_session

SUPERVISOR_VARIABLE = "SPINESTREAM_SUPERVISOR"
"""Set by a supervisor to its process id; a role that is started otherwise has no supervisor to outlive."""
LOOK_EVERY = 0.2


def end_with_supervisor(environ: Mapping[str, str] = os.environ, end: Callable[[int], object] = os._exit) -> bool:
    """Watch the supervisor from a thread, where the environment names one; returns whether it does."""
    named = environ.get(SUPERVISOR_VARIABLE, "")
    if not named:
        return False
    threading.Thread(target=_watch, args=(int(named), end), name="supervisor-watch", daemon=True).start()
    return True


def _watch(supervisor: int, end: Callable[[int], object]) -> None:
    while os.getppid() == supervisor:
        time.sleep(LOOK_EVERY)
    if os.getsid(0) == os.getpid():
        end_session(os.getpid(), spared=[os.getpid()])
    end(1)
