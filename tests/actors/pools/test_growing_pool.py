"""How a pool grows while none of its actors is ready, and whom it waits for: with actors of nothing."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import pytest

from actors.pools import member as member_module
from actors.pools import ray_pool as module
from actors.pools.member import Member, State
from actors.pools.notes import WorkerReport
from actors.pools.ray_pool import RayPool
from actors.pools.settings import PoolSettings


def report(*, ready: bool = False, waiting_for: str | None = None, **more: Any) -> WorkerReport:
    return WorkerReport(
        ready=ready, tokens=0, silent_seconds=0.0, in_flight={}, settled={}, waiting_for=waiting_for, **more
    )


@dataclass
class Actor:
    """An actor that loads until the test says otherwise."""

    id: str = "actor"
    pid: int | None = None
    state: State = State.STARTING
    report: WorkerReport | None = None

    @property
    def ready(self) -> bool:
        return self.state is State.READY

    def look(self) -> None:
        return None

    def gets_ready(self, **paused: str) -> None:
        self.state, self.report = State.READY, report(ready=True, paused=paused)


@dataclass
class Lag:
    """A backlog of every stage."""

    records: int = 10_000

    def of(self, stages: Any) -> int:
        return self.records if stages else 0


@dataclass
class Place:
    """A pool, and the actors it has started."""

    pool: RayPool
    actors: list[Actor] = field(default_factory=list)

    def tick(self) -> int:
        self.pool.tick()
        return len(self.actors)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Any:
    def make(**sizes: int) -> Place:
        settings: Any = PoolSettings(**sizes)
        anything: Any = None
        place = Place(RayPool("engine", settings, anything, Lag(), anything, anything))  # type: ignore[arg-type]

        def start(*_: Any) -> Actor:
            place.actors.append(Actor())
            return place.actors[-1]

        monkeypatch.setattr(module, "actor_class", lambda _: None)
        monkeypatch.setattr(module, "Member", start)
        return place

    return make


@pytest.mark.parametrize(("least", "first"), [(0, 1), (1, 1), (3, 3)])
def test_until_one_is_ready_there_are_no_more_than_the_least(made: Any, least: int, first: int) -> None:
    place = made(min_actors=least, max_actors=4)
    assert [place.tick(), place.tick()] == [first, first]
    place.actors[0].gets_ready()
    assert place.tick() == 4


def test_the_one_that_is_ready_says_what_is_paused_and_nothing_grows_for_that(made: Any) -> None:
    place = made(min_actors=1, max_actors=4)
    place.tick()
    place.actors[0].gets_ready(read="asked", draft="asked", revise="asked")
    assert place.tick() == 1


@pytest.mark.parametrize(("waiting_for", "late"), [("engine servers", False), (None, True)])
def test_who_waits_for_servers_elsewhere_is_not_late(
    monkeypatch: pytest.MonkeyPatch, waiting_for: str | None, late: bool
) -> None:
    import ray

    class Class:
        def __getattr__(self, _: str) -> Any:
            return self

        def remote(self, *_: Any) -> Any:
            return self

    monkeypatch.setattr(ray, "wait", lambda *_, **__: ([], []))
    now = time.monotonic()
    worker: Any = type("Worker", (), {"model_copy": lambda *_, **__: None})()
    one = Member(Class(), PoolSettings(start_seconds=60), worker)
    one.report = report(waiting_for=waiting_for)
    monkeypatch.setattr(member_module.time, "monotonic", lambda: now + 61)
    end = one.look()
    assert (end is not None and end.code == "not-ready") is late
