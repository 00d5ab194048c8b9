"""Starts Ray on this machine, or joins a cluster."""

from __future__ import annotations

import math
import os
from collections.abc import Collection

from actors.pools.settings import PoolSettings

NAMESPACE = "spinestream"
LEAST_CPUS = 2


def start_ray(address: str, pools: Collection[PoolSettings] = (), object_store_bytes: int = 200 << 20) -> None:
    """Start Ray on this machine, with room for every actor of `pools`, or join the cluster at `address`."""
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    os.environ.setdefault("RAY_DISABLE_IMPORT_WARNING", "1")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # A dead node is known after about 8 s and not after 15.
    os.environ.setdefault("RAY_health_check_period_ms", "2000")
    os.environ.setdefault("RAY_health_check_failure_threshold", "4")
    # Ray runs its workers at nice 15: whatever else runs here would take the core from the engine, the dearest part.
    os.environ.setdefault("RAY_worker_niceness", "0")
    import ray

    if address:
        ray.init(address=address, namespace=NAMESPACE, log_to_driver=False)
        return
    # Ray's CPUs only bound how many actors it places; how they share the cores is theirs.
    wanted = math.ceil(sum(pool.max_actors * pool.cpus for pool in pools))
    named: dict[str, float] = {}
    for pool in pools:
        for name, amount in pool.resources.items():
            named[name] = named.get(name, 0.0) + pool.max_actors * amount
    # "local": without an address Ray would join whatever cluster somebody else started on this machine.
    ray.init(
        address="local",
        num_cpus=max(LEAST_CPUS, wanted),
        resources=named or None,
        include_dashboard=False,
        object_store_memory=object_store_bytes,
        namespace=NAMESPACE,
        log_to_driver=True,
    )
