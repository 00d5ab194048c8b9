"""The pools role: starts (or joins) Ray and manages the engine actors, and flips the route for them."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict

from actors.pools.notes import PoolNote
from spinestream.embedded import Addresses
from spinestream.errors import UNUSABLE
from spinestream.settings import Settings
from spinestream.wiring import broker_settings, worker_settings
from spinestream.workdir import Workdir
from streams.broker import Broker


def serve_pools(workdir: Workdir, settings: Settings, addresses: Addresses) -> None:
    """Manage every pool until SIGTERM; ends with an error when Ray itself is gone, for the supervisor to start it
    again."""
    import ray
    from actors.claims import Obituaries
    from actors.pools.lag import LagWatch
    from actors.pools.ray_pool import PoolFailed, RayPool, serve
    from actors.pools.ray_start import start_ray
    from actors.routes.keeper import RouteKeeper
    from actors.stages import STAGES
    from streams.servers import blocking_redis_client

    # The lag is asked for every two seconds, and kafka-python tells of every connection.
    logging.getLogger("kafka").setLevel(logging.ERROR)
    stop = threading.Event()
    start_ray(settings.ray, settings.pools.values())
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda *_: stop.set())
    # A Redis that hangs may not hold up the manager: what it was to be told is told later.
    obituaries = Obituaries(blocking_redis_client(addresses.redis, socket_timeout=1, socket_connect_timeout=1))
    groups = {name: STAGES[name].topics for pool in settings.pools.values() for name in pool.stages}
    try:
        with (
            LagWatch(Broker(broker_settings(addresses)), groups) as lag,
            RouteKeeper(addresses.mongodb, settings.database, settings.pools) as route,
        ):

            def note(notes: Sequence[PoolNote]) -> None:
                _write(workdir, notes)
                route.see(notes)

            pools = [
                RayPool(name, pool, worker_settings(workdir, settings, addresses, pool), lag, obituaries)
                for name, pool in settings.pools.items()
            ]
            serve(pools, obituaries, stop, note)
    except PoolFailed as failed:
        print(f"pools: {failed}", file=sys.stderr)  # noqa: T201 - the last line of the role's log is what its user is shown
        sys.exit(UNUSABLE)
    finally:
        ray.shutdown()


def _write(workdir: Workdir, notes: Sequence[PoolNote]) -> None:
    """Tell other commands what the pools are: `pool.json` has all members in one list, and what each pool wants."""
    pools = [asdict(note) for note in notes]
    members = [member for pool in pools for member in pool.pop("members")]
    part = workdir.pool_file.with_suffix(f".{os.getpid()}.part")
    part.write_text(json.dumps({"manager": os.getpid(), "pools": pools, "members": members}))
    part.replace(workdir.pool_file)
