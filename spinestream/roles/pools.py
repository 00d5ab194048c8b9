"""The pools role: starts (or joins) Ray and manages the engine actors."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from dataclasses import asdict
from typing import Any

from spinestream.embedded import Addresses
from spinestream.errors import UNUSABLE
from spinestream.settings import Settings
from spinestream.wiring import worker_settings
from spinestream.workdir import Workdir


def serve_pools(workdir: Workdir, settings: Settings, addresses: Addresses) -> None:
    """Manage the pool until SIGTERM; ends with an error when Ray itself is gone, for the supervisor to start it
    again."""
    import ray

    from actors.pools.ray_pool import PoolFailed, RayPool, start_ray

    stop = threading.Event()
    start_ray(settings.ray)
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda *_: stop.set())

    def note(members: list[dict[str, Any]]) -> None:
        told = [{**one, "report": asdict(one["report"]) if one["report"] else None} for one in members]
        part = workdir.pool_file.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps({"manager": os.getpid(), "members": told}))
        part.replace(workdir.pool_file)

    try:
        RayPool(settings.pool, worker_settings(workdir, settings, addresses), note).serve(stop)
    except PoolFailed as failed:
        print(f"pools: {failed}", file=sys.stderr)  # noqa: T201 - the last line of the role's log is what its user is shown
        sys.exit(UNUSABLE)
    finally:
        ray.shutdown()
