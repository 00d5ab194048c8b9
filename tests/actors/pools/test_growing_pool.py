"""How a pool grows while none of its actors is ready, whom it waits for, when it gives up: with actors of nothing."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import pytest

from actors.pools import member as member_module
from actors.pools import ray_pool as module
from actors.pools.member import End, Member, State
from actors.pools.notes import WorkerReport
from actors.pools.ray_pool import RayPool
from actors.pools.settings import PoolSettings
from actors.pools.starts import PoolFailed


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
    said: WorkerReport | None = None
    end: End | None = None

    @property
    def ready(self) -> bool:
        return self.state is State.READY

    def look(self) -> End | None:
        if self.said is not None:
            self.state, self.report = State.READY, self.said
        return self.end

    def kill(self) -> None:
        pass

    def gets_ready(self, **paused: str) -> None:
        self.said = report(ready=True, paused=paused)

    def ends(self, why: str = "ended: NoModel: no such folder") -> None:
        self.end = End(why, died=True, code="died")


@dataclass
class Lag:
    """A backlog of every stage."""

    records: int = 10_000

    def of(self, stages: Any) -> int:
        return self.records if stages else 0


class Told:
    """Obituaries that nobody reads."""

    def died(self, _: str) -> None:
        pass

    def left(self, _: str) -> None:
        pass

    def tell(self) -> None:
        pass


@dataclass
class Place:
    """A pool, and the actors it has started."""

    pool: RayPool
    actors: list[Actor] = field(default_factory=list)

    def tick(self) -> int:
        self.pool.tick()
        return len(self.actors)

    def fails(self, times: int) -> None:
        """Have so many actors in a row end while they load."""
        for _ in range(times):
            self.tick()
            self.actors[-1].ends()
            self.tick()


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Any:
    def make(**sizes: int) -> Place:
        settings: Any = PoolSettings(**sizes)
        anything: Any = None
        place = Place(RayPool("engine", settings, anything, Lag(), Told(), anything))  # type: ignore[arg-type]

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


def test_a_pool_that_never_had_a_ready_actor_gives_up(made: Any) -> None:
    place = made()
    place.fails(2)
    with pytest.raises(PoolFailed, match=r"3 engine actors of pool engine in a row.*no such folder"):
        place.fails(1)


def test_a_pool_that_had_one_waits_longer_and_longer_and_goes_on(made: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(module.time, "monotonic", lambda: now)
    place = made()
    place.tick()
    place.actors[0].gets_ready()
    place.tick()
    place.actors[0].ends("made no token for 120 s")
    place.tick()
    place.fails(2)
    assert place.pool.note().trouble == ""
    waits = []
    for _ in range(9):
        place.fails(1)
        have, failed = len(place.actors), now
        while place.tick() == have:
            now += 0.5
        waits.append(now - failed)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert "11 engine actors of pool engine in a row did not get ready" in place.pool.note().trouble
    assert "no such folder; the next waits 60 s" in place.pool.note().trouble
    place.actors[-1].gets_ready()
    place.tick()
    assert place.pool.note().trouble == ""


def test_actors_that_fail_beside_a_ready_one_are_not_started_without_end(made: Any) -> None:
    place = made(min_actors=2, max_actors=2)
    place.tick()
    place.actors[0].gets_ready()
    place.fails(3)
    have = len(place.actors)
    assert [place.tick(), place.tick()] == [have, have]


def test_a_pool_that_is_stopped_while_its_actors_load_has_not_failed(made: Any) -> None:
    place = made(min_actors=4, max_actors=4)
    place.tick()
    assert place.pool.leave() == []


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
