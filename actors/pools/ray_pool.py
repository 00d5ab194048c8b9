"""The pool manager: keeps the Ray actors of every pool at the number that the lag calls for, and replaces those that
die or make no progress. Ray itself restarts none. Docs: docs/pools.md."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from actors.claims import Obituaries
from actors.pools.lag import LagWatch
from actors.pools.member import LEAVE_SECONDS, End, Member, State, actor_class
from actors.pools.notes import Begin, MemberNote, PoolNote
from actors.pools.scaling import Scaling
from actors.pools.settings import PoolSettings, WorkerSettings
from actors.pools.starts import Starts
from streams.telemetry import metering
from streams.telemetry.instruments import RESTARTS

log = logging.getLogger(__name__)

LOOK_EVERY = 0.5
STOP_SECONDS = 10.0
"""What the actors may take to finish when the manager itself is asked to stop."""


class RayGone(Exception):
    """Our node of Ray is dead: no actor can ever be placed again in this process."""


class RayPool:
    """The actors of one pool. Whoever manages it calls `tick` about twice a second, and `leave` at the end."""

    def __init__(
        self,
        name: str,
        pool: PoolSettings,
        worker: WorkerSettings,
        lag: LagWatch,
        obituaries: Obituaries,
        begin: Begin | None = None,
    ) -> None:
        """`begin` sets telemetry up in every actor's process."""
        self.name = name
        self._begin = begin
        self._pool = pool
        self._worker = worker
        self._lag = lag
        self._obituaries = obituaries
        self._scaling = Scaling(pool)
        self._actor_class: Any = None
        self._members: list[Member] = []
        self._starts = Starts(name)
        self._wanted = 0

    def tick(self) -> None:
        """Look at every actor, replace those at their end, and grow or shrink. Raises PoolFailed."""
        now = time.monotonic()
        for member in list(self._members):
            loaded = member.state is State.STARTING
            end = member.look()
            if loaded and member.ready:
                self._starts.succeeded()
            if end is not None:
                self._take_out(member, end)
        staying = self._staying()
        paused = {stage for one in staying if one.report for stage in one.report.paused}
        lag = self._lag.of([stage for stage in self._pool.stages if stage not in paused])
        self._wanted = self._scaling.wanted(lag, len(staying), now, paused=bool(paused))
        if not any(one.ready for one in staying):
            # Only who takes records says which stages are paused: what waits for one of these calls for nobody.
            self._wanted = min(self._wanted, max(1, self._pool.min_actors, len(staying)))
        if self._starts.may(now):
            for _ in range(len(staying), self._wanted):
                self._start()
        for member in self._least_needed(staying)[: max(0, len(staying) - self._wanted)]:
            self._let_go(member)

    def note(self) -> PoolNote:
        """Tell what there is."""
        members = tuple(MemberNote(self.name, m.id, m.pid, m.state, m.ready, m.report) for m in self._members)
        stages, lag = self._pool.stages, self._lag.of(self._pool.stages)
        return PoolNote(self.name, stages, lag, self._wanted, members, self._starts.trouble)

    def leave(self) -> list[Member]:
        """Ask every actor to finish and leave; returns those that have something to finish."""
        for member in list(self._members):
            if member.state is State.STARTING:
                self._take_out(member, End("was still loading at the stop", died=False, code="left"))
            else:
                member.drain(STOP_SECONDS)
        return list(self._members)

    def _staying(self) -> list[Member]:
        return [one for one in self._members if one.state is not State.DRAINING]

    def _least_needed(self, staying: Sequence[Member]) -> list[Member]:
        """Order actors by what is lost with them: those that load first, then those with the fewest records."""

        def records(one: Member) -> int:
            return sum(one.report.in_flight.values()) if one.report else 0

        return sorted(staying, key=lambda one: (one.ready, records(one)))

    def _start(self) -> None:
        if self._actor_class is None:
            self._actor_class = actor_class(self._pool)
        self._members.append(Member(self._actor_class, self._pool, self._worker, self._begin))

    def _let_go(self, member: Member) -> None:
        log.info("pool %s shrinks: actor %s (pid %s) leaves", self.name, member.id[:8], member.pid)
        if member.ready:
            member.drain(self._pool.drain_seconds)
        else:
            self._remove(member, died=False)

    def _take_out(self, member: Member, end: End) -> None:
        """Take an actor out that is at its end; a later tick starts another where one is needed."""
        left = member.state is State.DRAINING and not end.died
        log.log(
            logging.INFO if left else logging.WARNING,
            "pool %s: actor %s (pid %s) is taken out: it %s",
            *(self.name, member.id[:8], member.pid, end.why),
        )
        if end.code != "left":
            metering.count(RESTARTS, 1, self.name, end.code)
        started = member.state is not State.STARTING
        self._remove(member, died=end.died and started)
        if not started and end.code != "left":
            self._starts.failed(end.why, time.monotonic())
            if self._starts.trouble:
                log.warning("%s", self._starts.trouble)

    def _remove(self, member: Member, *, died: bool) -> None:
        member.kill()
        self._members.remove(member)
        (self._obituaries.died if died else self._obituaries.left)(member.id)
        self._obituaries.tell()


def serve(
    pools: Sequence[RayPool],
    obituaries: Obituaries,
    stop: threading.Event,
    note: Callable[[Sequence[PoolNote]], None] = lambda _: None,
) -> None:
    """Manage pools until `stop`; then let actors finish what runs. `note` is told what there is after every look.

    Raises PoolFailed or RayGone.
    """
    while not stop.is_set():
        _check_nodes()
        for pool in pools:
            pool.tick()
        obituaries.tell()
        note([pool.note() for pool in pools])
        stop.wait(LOOK_EVERY)
    _leave(pools)


def _leave(pools: Sequence[RayPool]) -> None:
    import ray

    leaving = [member for pool in pools for member in pool.leave()]
    if not leaving:
        return
    runs = [one.run for one in leaving]
    _, late = ray.wait(runs, num_returns=len(runs), timeout=STOP_SECONDS + LEAVE_SECONDS)
    if late:
        log.warning("%d actors did not finish in time", len(late))


def _check_nodes() -> None:
    """Raise RayGone when the node of Ray that this process is attached to is dead: an actor asked for would wait for
    ever, whatever other nodes there are, so the role ends and is started again on one that lives."""
    import ray

    mine = ray.get_runtime_context().get_node_id()
    if not any(node["Alive"] and node["NodeID"] == mine for node in ray.nodes()):
        raise RayGone("the node of Ray that this role is attached to is dead; the role ends, to be started again")
