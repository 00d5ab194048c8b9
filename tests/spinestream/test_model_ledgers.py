"""Links of the loop whose events were lost: each is open until what follows is there, on a real store."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase

from actors.routes import Routes
from bench.runner.scores import Scores
from bench.stage import ScorerStage
from generation.ids import digest
from review_bridge.snapshots.records import Result
from review_bridge.snapshots.requests import SnapshotRequests, new_request
from spinestream.model_ledgers import GATE, SCORER, TRAINER, LinkLedger, model_ledgers
from streams import topics
from streams.events import Event, now
from streams.model_payloads import AdapterMade, ComparisonMade, ModelPromoted, SnapshotMade, SnapshotRequested
from tests.training.adapter_samples import record
from tests.training.gate.results import made, result
from training.gate import GateDecisions, GateSettings, GateStage, judge
from training.gate.stage import judgement_of
from training.registry import Registry
from training.run import Run, RunState
from training.runs import Runs
from training.stage import TrainStage

SNAPSHOT = digest(b"manifest")


class Letters:
    """Dead letters that hold the subjects given."""

    def __init__(self) -> None:
        self.dead: set[str] = set()

    async def subjects(self, group: str | None, subjects: list[str]) -> dict[str, str]:
        return dict.fromkeys(self.dead & {*subjects}, "blob")


@dataclass
class Snapshots:
    requests: SnapshotRequests


class Stand:
    """The parts that the ledgers look at."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]]) -> None:
        self.database = database
        self.snapshots = Snapshots(SnapshotRequests(database))
        self.runs, self.registry, self.gate = Runs(database), Registry(database), GateDecisions(database)
        self.routes, self.scores, self.dead_letters = Routes(database), Scores(database), Letters()

    async def open(self, group: str) -> list[Any]:
        """Return the payloads of what is open for a group."""
        [ledger] = [one for one in self.ledgers() if group in one.groups]
        found = [one async for one in ledger.outstanding()]
        assert all((one.group, one.at) == (group, None) for one in found)
        events = [await one.load() for one in found]
        return [topics.REGISTRY[event.topic].read(event) for event in events if event is not None]

    def ledgers(self) -> tuple[LinkLedger, ...]:
        return model_ledgers(self)  # type: ignore[arg-type]


Test = Callable[[Stand], Awaitable[None]]


@pytest.fixture
def on_stand(mongodb_url: str, mongo_db: str) -> Callable[[Test], None]:
    def run(test: Test) -> None:
        async def go() -> None:
            async with AsyncMongoClient[dict[str, Any]](mongodb_url) as client:
                stand = Stand(client[mongo_db])
                for owner in (stand.snapshots.requests, stand.runs, stand.registry, stand.gate, stand.routes):
                    await owner.prepare()
                await test(stand)

        asyncio.run(go())

    return run


def test_the_groups_are_those_of_the_stages() -> None:
    assert (TrainStage.group, ScorerStage.group, GateStage.group) == (TRAINER, SCORER, GATE)


def test_each_is_held_back_until_its_group_is_idle(on_stand: Callable[[Test], None]) -> None:
    async def test(stand: Stand) -> None:
        for one in stand.ledgers():
            [(group, names)] = one.groups.items()
            assert one.after == ((group, names),)

    on_stand(test)


def test_a_dataset_is_open_until_its_run_has_ended(on_stand: Callable[[Test], None]) -> None:
    async def test(stand: Stand) -> None:
        requested = SnapshotRequested(
            request="trigger-1", why="new samples", accepted=9, who="trigger", simulated=False
        )
        told = SnapshotMade(snapshot=SNAPSHOT, request="trigger-1", card=SNAPSHOT, samples=9, simulated=False)
        await stand.snapshots.requests.record(requested, Result(made=told, at=now()))
        plain = new_request("to look at", "Dr Li", 9, simulated=False)
        looked_at = told.model_copy(update={"request": plain.request})
        await stand.snapshots.requests.record(plain, Result(made=looked_at, at=now()))
        assert await stand.open(TRAINER) == [told]
        run = Run(
            id="run-1",
            request="trigger-1",
            snapshot=SNAPSHOT,
            settings={},
            config=SNAPSHOT,
            model="tiny",
            model_digest=SNAPSHOT,
            state=RunState.RUNNING,
            simulated=False,
            begun=now(),
            updated=now(),
        )
        await stand.runs.begin(run)
        assert await stand.open(TRAINER) == [told]
        await stand.runs.end(run.id, RunState.REFUSED, why="too few")
        assert await stand.open(TRAINER) == []

    on_stand(test)


def test_what_a_person_asked_to_train_on_is_open_as_well(on_stand: Callable[[Test], None]) -> None:
    async def test(stand: Stand) -> None:
        told = SnapshotMade(snapshot=SNAPSHOT, request="train:1", card=SNAPSHOT, samples=9, simulated=False)
        event = topics.SNAPSHOTS.event(told, key=SNAPSHOT, subject=SNAPSHOT, source="front-door")
        body = {"_id": "train:1", "when": now(), "event": event.stored()}
        await stand.runs.requests.insert_one({**body, "unsent": True})
        assert await stand.open(TRAINER) == [], "the outbox sends it"
        await stand.runs.requests.update_one({}, {"$set": {"unsent": False}})
        assert await stand.open(TRAINER) == [told]
        stand.dead_letters.dead.add(SNAPSHOT)
        assert await stand.open(TRAINER) == []

    on_stand(test)


def test_an_adapter_is_open_until_it_was_compared_and_that_until_it_is_judged(on_stand: Callable[[Test], None]) -> None:
    async def test(stand: Stand) -> None:
        await stand.registry.add(record("spine@1"))
        [adapter] = await stand.open(SCORER)
        assert isinstance(adapter, AdapterMade)
        assert adapter.adapter.name == "spine@1"
        comparison = made(result(), champion="")
        await _kept(stand, comparison)
        assert await stand.open(SCORER) == []
        assert await stand.open(GATE) == [comparison]
        await stand.gate.record(
            comparison, lambda look: judgement_of(comparison, look, judge(comparison, look, GateSettings()))
        )
        assert await stand.open(GATE) == []

    on_stand(test)


def test_a_comparison_with_a_former_champion_is_not_told_again(on_stand: Callable[[Test], None]) -> None:
    async def test(stand: Stand) -> None:
        await _kept(stand, made(result(), champion="spine@9"))
        assert await stand.open(GATE) == []

    on_stand(test)


def test_a_promotion_is_open_until_the_route_has_heard_of_it(on_stand: Callable[[Test], None]) -> None:
    async def test(stand: Stand) -> None:
        for name in ("spine@1", "spine@2"):
            await stand.registry.promote(record(name).ref, who="gate", why="better")
        assert await stand.open("routes") == [], "the outbox sends them"
        await stand.registry.promotions.update_many({}, {"$set": {"unsent": False}})
        [promoted] = await stand.open("routes")
        assert isinstance(promoted, ModelPromoted)
        assert promoted.seq == 2
        await stand.routes.want(promoted)
        assert await stand.open("routes") == []

    on_stand(test)


async def _kept(stand: Stand, comparison: ComparisonMade) -> None:
    event: Event = topics.COMPARISONS.event(
        comparison, key=comparison.comparison, subject=comparison.comparison, source="scorer"
    )
    await stand.scores.keep_comparison(comparison, event)
