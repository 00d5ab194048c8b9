"""The pool manager: keeps N Ray actors alive and replaces those that die or make no progress. Ray itself restarts
none."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from actors.pools.settings import PoolSettings, WorkerSettings
from actors.pools.worker import WorkerReport

log = logging.getLogger(__name__)

NAMESPACE = "spinestream"


def _actor_class(pool: PoolSettings) -> Any:
    import ray

    @ray.remote(num_cpus=pool.cpus, num_gpus=pool.gpus, max_restarts=0, max_concurrency=4)
    class EngineActor:
        """A worker in a Ray actor's process."""

        def __init__(self, settings: WorkerSettings) -> None:
            from actors.pools.worker import Worker

            logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
            logging.getLogger("kafka").setLevel(logging.ERROR)
            self._worker = Worker(settings)

        def run(self) -> None:
            """Work until stopped; the call ends when the worker does."""
            import asyncio

            asyncio.run(self._worker.run())

        def report(self) -> WorkerReport:
            """Tell how it goes."""
            return self._worker.report()

        def pid(self) -> int:
            """Return the process id."""
            return os.getpid()

        def stop(self) -> None:
            """Ask the worker to finish and leave."""
            self._worker.stop()

    return EngineActor


GIVE_UP_AFTER = 3
"""Actors in a row that end before they are ready, after which the pool cannot work as it is set."""


class PoolFailed(Exception):
    """No actor gets ready: the engine, its model or its settings are not usable."""


class RayGone(Exception):
    """Every node of Ray is dead: no actor can ever be placed again in this process."""


def _check_nodes() -> None:
    """Raise RayGone when Ray has no living node: an actor asked for would wait for ever, so the role ends instead."""
    import ray

    if not any(node["Alive"] for node in ray.nodes()):
        raise RayGone("every node of Ray is dead; the pools role ends, to be started again with a new one")


@dataclass
class Member:
    """One actor of the pool as its manager sees it."""

    handle: Any
    run: Any
    """Reference of its running call."""
    started: float
    pid: int | None = None
    ready: bool = False
    asked: Any = None
    answered: float = 0.0


class RayPool:
    """Manages the actors of one pool; `serve` blocks until `stop` is set."""

    def __init__(
        self, pool: PoolSettings, worker: WorkerSettings, note: Callable[[list[dict[str, Any]]], None] = lambda _: None
    ) -> None:
        """`note` is told what the members are whenever they were looked at (for status and progress)."""
        self._pool = pool
        self._worker = worker
        self._note = note
        self._members: list[Member] = []
        self._never_ready = 0
        self._reports: dict[int, WorkerReport] = {}

    def serve(self, stop: threading.Event) -> None:
        """Keep the pool at its size until `stop`; then let actors finish what runs. Raises PoolFailed or RayGone."""
        actor_class = _actor_class(self._pool)
        while not stop.is_set():
            while len(self._members) < self._pool.actors:
                self._members.append(self._start(actor_class))
            for member in list(self._members):
                why = self._fault(member)
                if why is not None:
                    self._replace(member, why)
                    self._count(member, why)
            self._tell()
            _check_nodes()
            stop.wait(0.5)
        self._leave()

    def _start(self, actor_class: Any) -> Member:
        handle = actor_class.remote(self._worker)
        return Member(handle=handle, run=handle.run.remote(), started=time.monotonic())

    def _fault(self, member: Member) -> str | None:
        """Return why a member has to be replaced, None when it does well."""
        import ray

        ended, _ = ray.wait([member.run], timeout=0)
        if ended:
            try:
                ray.get(member.run)
            except Exception as error:  # noqa: BLE001 - whatever ended it, it is replaced and the reason is logged
                cause = getattr(error, "cause", None) or error
                return f"ended: {type(cause).__name__}: {' '.join(str(cause).split())[:400]}"
            return "ended without being asked"
        report = self._ask(member)
        now = time.monotonic()
        if report is not None:
            member.ready = member.ready or report.ready
            if report.silent_seconds > self._pool.stall_seconds:
                return f"made no token for {report.silent_seconds:.0f} s"
        if not member.ready and now - member.started > self._pool.start_seconds:
            return "was not ready in time"
        if member.ready and now - member.answered > self._pool.stall_seconds:
            return "did not answer"
        return None

    def _ask(self, member: Member) -> WorkerReport | None:
        """Collect the answer to the last question and ask again; never waits."""
        import ray

        if member.asked is None:
            member.asked = (member.handle.report.remote(), member.handle.pid.remote())
            return None
        ready, _ = ray.wait(list(member.asked), num_returns=2, timeout=0)
        if len(ready) < 2:
            return None
        try:
            report, pid = ray.get(list(member.asked))
        except ray.exceptions.RayActorError:
            member.asked = None
            return None
        member.asked, member.answered, member.pid = None, time.monotonic(), int(pid)
        self._reports[int(pid)] = report
        found: WorkerReport = report
        return found

    def _replace(self, member: Member, why: str) -> None:
        import ray

        log.warning("an engine actor (pid %s) is replaced: it %s", member.pid, why)
        with contextlib.suppress(ray.exceptions.RayError, ValueError):
            ray.kill(member.handle, no_restart=True)
        self._members.remove(member)
        if member.pid is not None:
            self._reports.pop(member.pid, None)

    def _count(self, member: Member, why: str) -> None:
        """Give up when actors in a row end before they are ready."""
        self._never_ready = 0 if member.ready else self._never_ready + 1
        if self._never_ready >= GIVE_UP_AFTER:
            raise PoolFailed(f"{GIVE_UP_AFTER} engine actors in a row did not get ready; the last one {why}")

    def _tell(self) -> None:
        self._note(
            [
                {"pid": m.pid, "ready": m.ready, "report": self._reports.get(m.pid) if m.pid else None}
                for m in self._members
            ]
        )

    def _leave(self) -> None:
        import ray

        for member in self._members:
            member.handle.stop.remote()
        _, late = ray.wait([m.run for m in self._members], num_returns=len(self._members), timeout=20)
        if late:
            log.warning("%d actors did not finish in time", len(late))


def start_ray(address: str, object_store_bytes: int = 200 << 20) -> None:
    """Start Ray on this machine, or join the cluster at `address`."""
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    os.environ.setdefault("RAY_DISABLE_IMPORT_WARNING", "1")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # A dead node is known after about 8 s and not after 15.
    os.environ.setdefault("RAY_health_check_period_ms", "2000")
    os.environ.setdefault("RAY_health_check_failure_threshold", "4")
    import ray

    if address:
        ray.init(address=address, namespace=NAMESPACE, log_to_driver=False)
        return
    ray.init(
        num_cpus=2,
        include_dashboard=False,
        object_store_memory=object_store_bytes,
        namespace=NAMESPACE,
        log_to_driver=True,
    )
