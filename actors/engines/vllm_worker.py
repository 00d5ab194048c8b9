"""What runs in every process that computes for an engine: vLLM imports it as its `worker_extension_cls`.

vLLM's core does not notice that its owner was killed, and would hold its GPU for ever. So a thread here waits for the
owner's end and ends the core, whose workers then end by themselves.
"""

from __future__ import annotations

import os
import select
import signal
import threading

from actors.engines.settings import OWNER_VARIABLE


class EngineWorker:
    """Adds nothing to vLLM's worker; naming it makes vLLM import this module."""


def _watch_owner() -> None:
    """End the core when its owner ends; nothing to do where the engine runs in its owner's process."""
    owner = int(os.environ.get(OWNER_VARIABLE, "0"))
    if owner in (0, os.getpid()):
        return
    core = os.getpid() if os.getppid() == owner else os.getppid()
    try:
        handle = os.pidfd_open(owner)
    except ProcessLookupError:
        _end(core)
        return
    threading.Thread(target=_wait, args=(handle, core), name="owner-watch", daemon=True).start()


def _wait(handle: int, core: int) -> None:
    select.select([handle], [], [])  # readable once the process has ended
    _end(core)


def _end(core: int) -> None:
    if core != os.getpid() and core == os.getppid():
        os.kill(core, signal.SIGKILL)
    os._exit(1)


def _prepare() -> None:
    from vllm.platforms import current_platform

    if current_platform.is_cpu():
        from actors.engines.one_adapter import install

        install()
    _watch_owner()


_prepare()
