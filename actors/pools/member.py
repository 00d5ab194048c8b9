"""One actor of a pool as its manager sees it: it is asked and never waited for."""

from __future__ import annotations

import contextlib
import enum
import logging
import os
import time
import uuid
from dataclasses import dataclass, replace
from typing import Any

from actors.pools.notes import Begin, WorkerReport
from actors.pools.settings import PoolSettings, WorkerSettings

LEAVE_SECONDS = 10.0
"""What an actor may take to commit and disconnect after it has drained."""


def actor_class(pool: PoolSettings) -> Any:
    """Return the class of a pool's actors, with what each claims of Ray."""
    import ray

    @ray.remote(
        num_cpus=pool.cpus,
        num_gpus=pool.gpus,
        resources=pool.resources or None,
        max_restarts=0,
        max_concurrency=4,
    )
    class EngineActor:
        """A worker in a Ray actor's process."""

        def __init__(self, settings: WorkerSettings, begin: Begin | None = None) -> None:
            from actors.pools.worker import Worker

            logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
            logging.getLogger("kafka").setLevel(logging.ERROR)
            self._told = begin() if begin is not None else None
            self._worker = Worker(settings)

        def run(self) -> None:
            """Work until stopped; the call ends when the worker does."""
            import asyncio

            try:
                asyncio.run(self._worker.run())
            finally:
                if self._told is not None:
                    self._told.close()

        def report(self) -> tuple[WorkerReport, int]:
            """Tell how it goes, and in which process."""
            report = self._worker.report()
            return (replace(report, numbers=self._told.numbers()) if self._told else report), os.getpid()

        def stop(self, drain_seconds: float) -> None:
            """Ask the worker to finish and leave."""
            self._worker.stop(drain_seconds)

    return EngineActor


class State(enum.StrEnum):
    """Where an actor is in its life."""

    STARTING = "starting"
    """Its engine loads."""
    READY = "ready"
    DRAINING = "draining"
    """It finishes what runs and takes nothing new."""


@dataclass(frozen=True)
class End:
    """Why an actor is at its end."""

    why: str
    """In words that follow `it`."""
    died: bool
    """Whether its engine died, or was silent: what it held had a part in that."""
    code: str
    """The same in one of a few words, for counting."""


class Member:
    """An actor, from its start to its end."""

    def __init__(
        self, actor_class: Any, pool: PoolSettings, worker: WorkerSettings, begin: Begin | None = None
    ) -> None:
        self._pool = pool
        self.id = uuid.uuid4().hex
        self.pid: int | None = None
        self.report: WorkerReport | None = None
        self.state = State.STARTING
        self._started = self._answered = time.monotonic()
        self._leave_by = 0.0
        self._asked: Any = None
        self._handle = actor_class.remote(worker.model_copy(update={"actor": self.id}), begin)
        self.run = self._handle.run.remote()
        """Reference of its running call."""

    @property
    def ready(self) -> bool:
        """Whether it takes records."""
        return self.state is State.READY

    def look(self) -> End | None:
        """Ask how it goes; returns why it is at its end, None when it does well."""
        import ray

        ended, _ = ray.wait([self.run], timeout=0)
        if ended:
            return self._ended()
        self._ask()
        now, pool = time.monotonic(), self._pool
        if self.state is State.STARTING:
            if self.report is not None and self.report.waiting_for:
                self._started = now  # servers elsewhere are away: that is no fault of its
            late = now - self._started > pool.start_seconds
            return End("was not ready in time", died=False, code="not-ready") if late else None
        if self.report is not None and self.report.silent_seconds > pool.stall_seconds:
            return End(f"made no token for {self.report.silent_seconds:.0f} s", died=True, code="silent")
        if now - self._answered > pool.stall_seconds:
            return End("did not answer", died=True, code="no-answer")
        if self.state is State.DRAINING and now > self._leave_by:
            return End("did not finish in time", died=False, code="not-drained")
        return None

    def _ended(self) -> End:
        import ray

        try:
            ray.get(self.run)
        except Exception as error:  # noqa: BLE001 - whatever ended it, it is replaced and the reason is logged
            cause = getattr(error, "cause", None) or error
            told = f"ended: {type(cause).__name__}: {' '.join(str(cause).split())[:400]}"
            return End(told, died=True, code="died")
        if self.state is State.DRAINING:
            return End("has left", died=False, code="left")
        return End("ended without being asked", died=False, code="ended")

    def _ask(self) -> None:
        """Take the answer to the last question and ask again; never waits."""
        import ray

        if self._asked is None:
            self._asked = self._handle.report.remote()
            return
        answered, _ = ray.wait([self._asked], timeout=0)
        if not answered:
            return
        asked, self._asked = self._asked, None
        try:
            self.report, self.pid = ray.get(asked)
        except ray.exceptions.RayError:
            return
        self._answered = time.monotonic()
        if self.state is State.STARTING and self.report is not None and self.report.ready:
            self.state = State.READY

    def drain(self, seconds: float) -> None:
        """Ask it to finish what runs, for at most so long, and to leave."""
        self.state = State.DRAINING
        self._leave_by = time.monotonic() + seconds + LEAVE_SECONDS
        self._handle.stop.remote(seconds)

    def kill(self) -> None:
        """End its process."""
        import ray

        with contextlib.suppress(ray.exceptions.RayError, ValueError):
            ray.kill(self._handle, no_restart=True)
