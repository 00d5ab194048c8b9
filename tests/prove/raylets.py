"""Two raylets, started apart: one is killed, its actors go on on the other."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from spinestream.perf.corpus import write_corpus
from tests.prove.pools import at_work, in_peace, pooled, ready
from tests.prove.row import Row, row
from tests.prove.stand import kill, wait_for

CPUS = 3
"""Of each raylet, as Ray counts: room for all three actors."""
MARK = "SPINESTREAM_PROVE_CLUSTER"
_ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_health_check_period_ms": "2000",
    "RAY_health_check_failure_threshold": "4",
    "RAY_scheduler_spread_threshold": "0.0",
}


class Cluster:
    """Ray on this machine as two nodes: a head, and another that joined it."""

    def __init__(self, folder: Path) -> None:
        from ray.util import get_node_ip_address

        self._folder = folder
        self._mark = uuid.uuid4().hex
        self._host = get_node_ip_address()
        with socket.socket() as free:
            free.bind((self._host, 0))
            port = free.getsockname()[1]
        self.address = f"{self._host}:{port}"
        self.environment = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
        """What a process needs to be let into the cluster."""
        self.head = self.other = 0

    def start(self) -> None:
        """Start both nodes."""
        port = self.address.rpartition(":")[2]
        self.head = self._start("--head", f"--port={port}", "--include-dashboard=false", f"--temp-dir={self._folder}")
        self.other = self._start(f"--address={self.address}")

    def _start(self, *arguments: str) -> int:
        """Start a node; returns the process id of its raylet."""
        there = {one.pid for one in self._processes("raylet")}
        ray = Path(sys.executable).with_name("ray")
        common = (f"--node-ip-address={self._host}", f"--num-cpus={CPUS}", f"--object-store-memory={200 << 20}")
        subprocess.run(
            [str(ray), "start", *arguments, *common, "--disable-usage-stats"],
            env={**os.environ, **_ENVIRONMENT, **self.environment, MARK: self._mark},
            check=True,
            stdout=subprocess.DEVNULL,
            timeout=120,
        )
        [new] = wait_for(lambda: {one.pid for one in self._processes("raylet")} - there, 30, "a raylet")
        return int(new)

    def actors_of(self, raylet: int) -> set[int]:
        """Return the processes below a raylet."""
        try:
            return {one.pid for one in psutil.Process(raylet).children(recursive=True)}
        except psutil.NoSuchProcess:
            return set()

    def end(self) -> None:
        """Kill every process that was started for this cluster, and no other."""
        for one in self._processes():
            one.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _processes(self, name: str = "") -> list[psutil.Process]:
        found = []
        for one in psutil.process_iter():
            try:
                if (not name or one.name() == name) and one.environ().get(MARK) == self._mark:
                    found.append(one)
            except psutil.Error:
                continue
        return found


@contextmanager
def two_raylets() -> Iterator[Cluster]:
    """Start two nodes; at the end all their processes are gone. Sockets need a short path."""
    cluster = Cluster(Path(tempfile.mkdtemp(prefix="ray-", dir="/tmp")))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.end()


@row("raylets")
def raylets(folder: Path) -> Row:
    """SIGKILL of either raylet under load."""
    documents = folder / "documents"
    write_corpus(documents, 48, 32)
    peace, summary = in_peace(folder, documents)
    result = Row("two raylets, one is killed", "scripted engine, 0.5 s a call, three actors on two nodes")
    for name in ("other", "head"):
        with two_raylets() as cluster:
            stand = pooled(folder, name, documents, 0.5, min_actors=3, max_actors=3, cpus=1)
            stand.env |= {"SPINESTREAM_RAY": cluster.address, **cluster.environment}
            with at_work(stand) as watch:
                ready(watch, 3)
                pids = {one.pid for one in watch.now("ready")}
                shares = {place: len(pids & cluster.actors_of(getattr(cluster, place))) for place in ("head", "other")}
                wait_for(lambda: min(one.settled for one in watch.now("ready")) > 20, 60, "all to be at work")
                kill(getattr(cluster, name))
                struck = time.monotonic()
                wait_for(lambda: {one.pid for one in watch.now("ready")} != pids, 60, "the loss to be seen")  # noqa: B023
                ready(watch, 3)
                back = time.monotonic() - struck
                settled = stand.finish(600)
            same = stand.export("all") == peace
            result.check(
                f"raylet of the {name} node killed (actors {shares}): three ready again after {back:.0f} s, same "
                f"canonical export as undisturbed: {same}, open {settled['open']}, dead {settled['dead']}",
                same and not settled["open"] and not settled["dead"] and min(shares.values()) > 0,
            )
    result.say(f"{summary['planned']} items")
    return result
