"""What stages do with claims: no second call in a rebalance, suspects alone, an item that kills engines is dead and no
other."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import redis
from pymongo import AsyncMongoClient
from redis.asyncio import Redis

from actors.claims import ALONE_DEATHS, DEATHS, Claims, Obituaries
from actors.engines import RequestFailed, ScriptedSettings
from actors.engines.scripted import ScriptedEngine
from actors.gate import Gate
from actors.results import StageResults
from actors.stages import DraftStage, ReviseStage, StageParts
from actors.usage import Usage
from generation.requests import ModelAnswer, ModelRequest
from generation.tasks import GenerationSettings
from streams import topics
from streams.blobs import BlobStore
from streams.events import Event
from streams.loop import StageFailed
from streams.outcomes import Dead, Done, Outcome
from streams.payloads import ItemDrafted, ItemPlanned
from streams.sources import Sources
from tests.streams.event_examples import delivery, draft, planned_item

SETTINGS = GenerationSettings(draft_candidates=1, revision_candidates=1, corrective_turns=0)
BOUND = DEATHS + ALONE_DEATHS


class Watched:
    """A scripted engine that notes what ran beside what, and dies of the items it is told to."""

    def __init__(self, latency_s: float = 0.0, kills: Iterable[str] = (), refuses: Iterable[str] = ()) -> None:
        self._engine = ScriptedEngine(ScriptedSettings(latency_s=latency_s), lambda *_: "{}")
        self.card = self._engine.card
        self._kills, self._refuses = tuple(kills), tuple(refuses)
        self.inside: set[str] = set()
        self.beside: dict[str, int] = {}
        """Most requests that ran beside one, by item."""
        self.asked: list[str] = []

    async def generate(self, request: ModelRequest, images: object = None) -> ModelAnswer:
        item = request.id.split("/")[0]
        self.asked.append(item)
        self.inside.add(request.id)
        for one in self.inside:
            known = self.beside.get(one.split("/")[0], 0)
            self.beside[one.split("/")[0]] = max(known, len(self.inside) - 1)
        try:
            if item in self._refuses:
                raise RequestFailed("bad-request", f"{request.id}: refused")
            if item in self._kills:
                await asyncio.sleep(0.02)
                self._engine.die("killed by a request")
            return await self._engine.generate(request)
        finally:
            self.inside.discard(request.id)


class Deployment:
    """What workers share, and a manager that buries them."""

    def __init__(self, database: Any, client: Redis, url: str, folder: Path) -> None:
        blobs = BlobStore(str(folder))
        self.prefix = f"t{uuid.uuid4().hex}:"
        self.redis = client
        self._url = url
        self._parts: dict[str, Any] = {
            "results": StageResults(database),
            "sources": Sources(database, blobs),
            "blobs": blobs,
            "usage": Usage(client),
            "settings": SETTINGS,
            "in_flight": 64,
        }

    def worker(self, engine: Watched) -> Worker:
        name = uuid.uuid4().hex
        claims = Claims(self.redis, name, self.prefix)
        return Worker(name, StageParts(engine=engine, claims=claims, gate=Gate(), **self._parts))  # type: ignore[arg-type]

    async def buried(self, worker: Worker) -> None:
        def tell() -> None:
            with redis.Redis.from_url(self._url) as client:
                told = Obituaries(client, self.prefix)
                told.died(worker.name)
                told.tell()

        await asyncio.to_thread(tell)

    async def claimed(self) -> int:
        return int(await self.redis.hlen(f"{self.prefix}claims"))


class Worker:
    """The stages of one engine."""

    def __init__(self, name: str, parts: StageParts) -> None:
        self.name = name
        self._stages = {"planned": DraftStage(parts), "drafted": ReviseStage(parts)}

    async def outcome_of(self, event: Event) -> Outcome:
        [(_, outcome)] = [pair async for pair in self._stages[event.topic].handle([delivery(event)])]
        return outcome

    async def handle(self, events: Iterable[Event]) -> dict[Event, Outcome] | None:
        """Handle events at once; None when the engine died, what was not done yet is then cut off as a loop does."""
        tasks = {event: asyncio.create_task(self.outcome_of(event)) for event in events}
        await asyncio.wait(tasks.values(), return_when=asyncio.FIRST_EXCEPTION)
        failed = any(task.done() and isinstance(task.exception(), StageFailed) for task in tasks.values())
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)
        if failed:
            return None
        return {event: task.result() for event, task in tasks.items()}


@pytest.fixture
def at(
    mongodb_url: str, mongo_db: str, redis_url: str, tmp_path: Path
) -> Callable[[Callable[[Deployment], Awaitable[None]]], None]:
    """Run a check in a deployment."""

    def run(check: Callable[[Deployment], Awaitable[None]]) -> None:
        async def go() -> None:
            async with AsyncMongoClient(mongodb_url, w="majority") as mongo, Redis.from_url(redis_url) as client:
                await check(Deployment(mongo[mongo_db], client, redis_url, tmp_path))

        asyncio.run(go())

    return run


def planned(slot: int) -> Event:
    item = planned_item(slot)
    return topics.PLANNED.event(ItemPlanned(item=item), key=item.id, subject=item.id, source="plan")


def drafted() -> Event:
    item = planned_item(0)
    return topics.DRAFTED.event(
        ItemDrafted(item=item, draft=draft(0)), key=item.id, subject=item.id, source="draft", detail="0"
    )


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.002)


def test_who_gets_a_record_that_is_in_flight_elsewhere_waits_for_its_result(at) -> None:
    async def check(here: Deployment) -> None:
        first, second = Watched(latency_s=0.5), Watched()
        old = asyncio.create_task(here.worker(first).outcome_of(planned(0)))
        await until(lambda: first.asked)
        new = await here.worker(second).outcome_of(planned(0))
        assert new == await old
        assert (len(first.asked), second.asked) == (1, [])
        assert await here.claimed() == 0

    at(check)


def test_work_that_is_cut_off_is_free_at_once_and_nobody_is_blamed(at) -> None:
    async def check(here: Deployment) -> None:
        engine = Watched(latency_s=3600)
        leaving = asyncio.create_task(here.worker(engine).outcome_of(planned(0)))
        await until(lambda: engine.asked)
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        assert await here.claimed() == 0
        assert await here.redis.exists(f"{here.prefix}deaths") == 0
        assert isinstance(await here.worker(Watched()).outcome_of(planned(0)), Done)

    at(check)


def test_a_request_that_failed_lets_its_claim_go(at) -> None:
    async def check(here: Deployment) -> None:
        outcome = await here.worker(Watched(refuses=[planned_item(0).id])).outcome_of(planned(0))
        assert isinstance(outcome, Dead)
        assert await here.claimed() == 0

    at(check)


def test_at_an_engines_death_the_claims_of_all_that_was_in_it_stay(at) -> None:
    async def check(here: Deployment) -> None:
        worker = here.worker(Watched(latency_s=3600, kills=[planned_item(3).id]))
        assert await worker.handle([planned(slot) for slot in range(8)]) is None
        assert await here.claimed() == 8
        await here.buried(worker)
        assert len(await here.worker(Watched()).handle([planned(slot) for slot in range(8)]) or {}) == 8
        assert await here.claimed() == 0
        assert await here.redis.exists(f"{here.prefix}deaths") == 0

    at(check)


def test_a_suspect_runs_alone_over_all_stages_of_its_engine(at) -> None:
    async def check(here: Deployment) -> None:
        for _ in range(DEATHS):
            worker = here.worker(Watched(kills=[planned_item(1).id]))
            assert await worker.handle([planned(1)]) is None
            await here.buried(worker)
        engine = Watched(latency_s=0.05)
        done = await here.worker(engine).handle([drafted(), *(planned(slot) for slot in range(1, 20))])
        assert done is not None
        assert all(isinstance(one, Done) for one in done.values())
        assert engine.beside.pop(planned_item(1).id) == 0
        assert max(engine.beside.values()) > 5, "the others ran alone too"

    at(check)


@pytest.mark.parametrize("number", [1, 2])
def test_items_that_kill_every_engine_are_dead_within_the_bound_and_no_other(at, number: int) -> None:
    async def check(here: Deployment) -> None:
        poison = {planned_item(slot).id for slot in range(number)}
        left = {planned(slot) for slot in range(24)}
        outcomes: dict[str, Outcome] = {}
        deaths: dict[str, int] = dict.fromkeys(poison, 0)
        for _ in range(BOUND * number + 1):
            engine = Watched(latency_s=0.1, kills=poison)
            worker = here.worker(engine)
            done = await worker.handle(left)
            if done is not None:
                outcomes = {event.subject: outcome for event, outcome in done.items()}
                break
            for item in poison & set(engine.asked):
                deaths[item] += 1
            await here.buried(worker)
        dead = {item for item, outcome in outcomes.items() if isinstance(outcome, Dead)}
        assert len(outcomes) == 24
        assert dead == poison
        assert max(deaths.values()) <= BOUND
        for item in poison:
            outcome = outcomes[item]
            assert isinstance(outcome, Dead)
            assert outcome.why == "kills-engines"
            assert item in outcome.message
            assert str(ALONE_DEATHS) in outcome.message

    at(check)
