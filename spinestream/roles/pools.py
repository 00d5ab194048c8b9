"""The pools role: starts (or joins) Ray and manages the engine actors, and flips the route for them."""

from __future__ import annotations

import functools
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict

from actors.pools.notes import PoolNote
from spinestream.embedded import Addresses
from spinestream.errors import UNUSABLE
from spinestream.pools_file import pools_work
from spinestream.settings import Settings
from spinestream.telemetry.setup import ActorShown, Shown, shown
from spinestream.wiring import broker_settings, worker_settings
from spinestream.workdir import Workdir
from streams.broker import Broker


def serve_pools(workdir: Workdir, settings: Settings, addresses: Addresses) -> None:
    """Manage every pool until SIGTERM; ends with an error when Ray itself is gone, for the supervisor to start it
    again."""
    with shown(settings.telemetry, "pools", workdir) as telemetry:
        _manage(workdir, settings, addresses, telemetry)


def _manage(workdir: Workdir, settings: Settings, addresses: Addresses, telemetry: Shown) -> None:
    import ray

    from actors.claims import Obituaries
    from actors.pools.lag import LagWatch
    from actors.pools.ray_pool import RayPool, serve
    from actors.pools.ray_start import start_ray
    from actors.pools.starts import PoolFailed
    from actors.routes.keeper import RouteKeeper
    from actors.stages import STAGES
    from streams.servers import blocking_redis_client

    # The lag is asked for every two seconds, and kafka-python tells of every connection.
    logging.getLogger("kafka").setLevel(logging.ERROR)
    stop = threading.Event()
    start_ray(settings.ray, settings.pools.values())

    def leave(*_: object) -> None:
        telemetry.health.leave()
        stop.set()

    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, leave)
    # A Redis that hangs may not hold up the manager: what it was to be told is told later.
    obituaries = Obituaries(blocking_redis_client(addresses.redis, socket_timeout=1, socket_connect_timeout=1))
    groups = {name: STAGES[name].topics for pool in settings.pools.values() for name in pool.stages}
    begin = functools.partial(ActorShown, settings.telemetry, workdir)
    tell = _telling(telemetry)
    try:
        with (
            LagWatch(Broker(broker_settings(addresses)), groups) as lag,
            RouteKeeper(addresses.mongodb, settings.database, settings.pools) as route,
        ):

            def note(notes: Sequence[PoolNote]) -> None:
                _write(workdir, notes)
                route.see(notes)
                tell(notes)

            pools = [
                RayPool(name, pool, worker_settings(workdir, settings, addresses, pool), lag, obituaries, begin)
                for name, pool in settings.pools.items()
            ]
            serve(pools, obituaries, stop, note)
    except PoolFailed as failed:
        print(f"pools: {failed}", file=sys.stderr)  # noqa: T201 - the last line of the role's log is what its user is shown
        sys.exit(UNUSABLE)
    finally:
        ray.shutdown()


def _telling(telemetry: Shown) -> Callable[[Sequence[PoolNote]], None]:
    """Return what is told of the pools after every look: health, and the numbers of the actors where they are shown."""
    last: list[PoolNote] = []
    telemetry.health.serves(lambda: bool(last) and pools_work(last))
    numbers = None
    if telemetry.numbers is not None:
        # Only a listener shows them.
        from spinestream.telemetry.actors import ActorNumbers

        numbers = ActorNumbers()
        numbers.watched_by(telemetry.numbers.meters)
        telemetry.numbers.add(numbers)

    def tell(notes: Sequence[PoolNote]) -> None:
        last[:] = notes
        telemetry.health.beat()
        if numbers is not None:
            numbers.see(notes)

    return tell


def _write(workdir: Workdir, notes: Sequence[PoolNote]) -> None:
    """Tell other commands what the pools are: `pool.json` has all members in one list, and what each pool wants. The
    numbers of telemetry are for the listener alone."""
    pools = [asdict(note) for note in notes]
    members = [member for pool in pools for member in pool.pop("members")]
    for one in members:
        if one["report"] is not None:
            del one["report"]["numbers"]
    part = workdir.pool_file.with_suffix(f".{os.getpid()}.part")
    part.write_text(json.dumps({"manager": os.getpid(), "pools": pools, "members": members}))
    part.replace(workdir.pool_file)
