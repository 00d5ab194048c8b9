"""What runs in every process that computes for an engine: vLLM imports it as its `worker_extension_cls`.

vLLM's core does not notice that its owner was killed, and would hold its GPU for ever. So a thread here waits for the
owner's end and ends the core, whose workers then end by themselves.
"""

from __future__ import annotations

import os
import select
import signal
import threading
from typing import Any

from actors.engines.settings import OWNER_VARIABLE


class EngineWorker:
    """What vLLM's worker can do besides."""

    model_runner: Any

    def clean_numbers(self) -> int:
        """Take out of the cache of keys and values what is no number; returns how many there were.

        Kernels multiply what lies behind a sequence's end by 0, and 0 times what is no number is none: so what a broken
        adapter left in a block spoils whoever gets that block next, whatever adapter answers him. Numbers stay as they
        are, so this may be done while others are being answered.
        """
        import torch

        found = 0
        for cache in self.model_runner.kv_caches:
            for one in cache if isinstance(cache, list | tuple) else (cache,):
                if not one.is_floating_point() or one.element_size() == 1:
                    continue
                if broken := int((~torch.isfinite(one)).sum()):
                    torch.nan_to_num_(one, nan=0.0, posinf=0.0, neginf=0.0)
                    found += broken
        return found


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
