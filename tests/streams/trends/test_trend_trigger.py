"""The trigger: when it asks, and that of several that ask at once one request comes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from pymongo import AsyncMongoClient

from streams.errors import DependencyDown
from streams.model_payloads import RunEnd, SnapshotRequested
from streams.outbox import Outbox
from streams.topics import SNAPSHOT_REQUESTS
from streams.trends.facts import Facts
from streams.trends.requests import Request, Standing, standing
from streams.trends.trigger import State, Trigger, TriggerSettings, verdict
from tests.streams.event_examples import Recorder, source
from tests.streams.trends.constructed import (
    NOON,
    decided,
    documents,
    requested,
    run_ended,
    snapshot_made,
)

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SETTINGS = TriggerSettings(new_samples=3, debounce_seconds=60, max_age_hours=24, open_hours=12)


def _standing(
    *ages: timedelta, open_for: timedelta | None = None, ended: bool = False, trained: bool = False
) -> Standing:
    last = None if open_for is None else Request(id="r", at=NOON - open_for, ended=ended, trained=trained)
    if not ages:
        return Standing(last=last)
    return Standing(last=last, new=len(ages), oldest=NOON - max(ages), newest=NOON - min(ages))


@pytest.mark.parametrize(
    ("found", "state"),
    [
        (_standing(), State.WAITING),
        (_standing(HOUR, HOUR), State.WAITING),
        (_standing(HOUR, HOUR, MINUTE), State.DUE),
        (_standing(HOUR, HOUR, MINUTE / 2), State.QUIET),
        (_standing(*[HOUR] * 5, MINUTE / 2), State.DUE),
        (_standing(24 * HOUR), State.DUE),
        (_standing(24 * HOUR - MINUTE), State.WAITING),
        (_standing(25 * HOUR, MINUTE / 2), State.QUIET),
        (_standing(*[HOUR] * 9, open_for=2 * HOUR), State.OPEN),
        (_standing(*[HOUR] * 9, open_for=2 * HOUR, ended=True, trained=True), State.DUE),
        (_standing(*[HOUR] * 9, open_for=2 * HOUR, ended=True), State.DUE),
        (_standing(*[HOUR] * 9, open_for=HOUR / 2, ended=True), State.WAITING),
        (_standing(*[HOUR / 4] * 9, open_for=HOUR / 2, ended=True), State.WAITING),
        (_standing(*[HOUR / 4] * 9, open_for=HOUR / 2, ended=True, trained=True), State.DUE),
        (_standing(*[HOUR] * 9, open_for=12 * HOUR), State.DUE),
    ],
)
def test_when_it_asks(found, state) -> None:
    assert verdict(found, SETTINGS, NOON).state is state


def test_turned_off_it_never_asks() -> None:
    off = SETTINGS.model_copy(update={"on": False})
    assert verdict(_standing(*[HOUR] * 9), off, NOON).state is State.OFF


class Place:
    """Facts in a store, and two workers with a trigger each."""

    def __init__(self, database: Any) -> None:
        self.database = database
        self.facts = Facts(database)
        self.publisher = Recorder()
        self.triggers = [self.trigger() for _ in range(2)]

    def trigger(self, **settings: Any) -> Trigger:
        return Trigger(self.database, SETTINGS.model_copy(update=settings), Outbox(self.publisher))  # type: ignore[arg-type]

    async def tell(self, *facts: Any) -> None:
        await self.facts.insert(documents(facts))

    def asked(self) -> list[SnapshotRequested]:
        return [SNAPSHOT_REQUESTS.read(one) for one in self.publisher.published]  # type: ignore[arg-type]


@pytest.fixture
def on_place(mongodb_url: str, mongo_db: str) -> Callable[[Callable[[Place], Awaitable[None]]], None]:
    """Runs an async test on a store that knows one source of split train and one of split bench."""

    def run(test: Callable[[Place], Awaitable[None]]) -> None:
        async def go() -> None:
            async with AsyncMongoClient[dict[str, Any]](mongodb_url) as client:
                database = client[mongo_db]
                await database["sources"].insert_one({"_id": source().version, "split": "train"})
                await test(Place(database))

        asyncio.run(go())

    return run


def test_two_workers_that_ask_at_once_ask_once(on_place) -> None:
    async def test(place: Place) -> None:
        await place.tell(*(decided(slot, "accepted", NOON - HOUR) for slot in range(3)))
        first = await asyncio.gather(*(one.look(NOON) for one in place.triggers))
        assert len({*first}) == 1
        # The request is on its way, one worker knows of a decision more, the other starts anew: it stays one.
        await place.tell(decided(3, "edited", NOON - HOUR / 2))
        assert {await one.look(NOON) for one in (*place.triggers, place.trigger())} == {*first}
        [asked] = place.asked()
        assert (asked.request, asked.accepted, asked.why, asked.simulated) == (first[0], 3, "new samples", False)
        assert await place.triggers[0].documents.count_documents({"unsent": True}) == 0

    on_place(test)


def test_none_while_one_is_open_and_the_next_when_its_run_has_ended(on_place) -> None:
    async def test(place: Place) -> None:
        await place.tell(*(decided(slot, "accepted", NOON - HOUR) for slot in range(3)))
        await place.tell(requested("one", NOON - 2 * HOUR))
        trigger = place.triggers[0]
        assert await trigger.look(NOON) is None
        await place.tell(snapshot_made("one", NOON - 2 * HOUR))
        assert await trigger.look(NOON) is None
        await place.tell(run_ended(NOON - 2 * HOUR))
        second = await trigger.look(NOON)
        assert second is not None
        assert second != "one"

        # What was decided before a request counts no more once an adapter is made of it.
        await place.tell(requested(second, NOON))
        found = await standing(place.database, simulated=False)
        assert (found.last and found.last.id, found.new) == (second, 3)
        await place.tell(snapshot_made(second, NOON), run_ended(NOON, run="run-2"))
        assert (await standing(place.database, simulated=False)).new == 0

    on_place(test)


def test_a_run_that_failed_has_used_no_sample_up(on_place) -> None:
    async def test(place: Place) -> None:
        await place.tell(*(decided(slot, "accepted", NOON - 6 * HOUR) for slot in range(3)))
        at = NOON - 5 * HOUR
        await place.tell(requested("one", at), snapshot_made("one", at), run_ended(at, end=RunEnd.FAILED))
        found = await standing(place.database, simulated=False)
        assert (found.new, found.last and found.last.trained) == (3, False)
        trigger = place.triggers[0]
        assert await trigger.look(NOON) is None, "the same samples once more would fail once more"
        await place.tell(decided(3, "accepted", NOON - HOUR))
        assert await trigger.look(NOON) is not None
        assert [one.accepted for one in place.asked()] == [4]

    on_place(test)


def test_a_run_of_the_same_snapshot_that_ended_before_the_request_is_not_its_own(on_place) -> None:
    async def test(place: Place) -> None:
        await place.tell(run_ended(NOON - 3 * HOUR), requested("one", NOON - HOUR), snapshot_made("one", NOON - HOUR))
        found = await standing(place.database, simulated=False)
        assert found.last == Request(id="one", at=NOON - HOUR, ended=False, trained=False)

    on_place(test)


def test_a_dataset_that_nobody_trains_on_holds_nothing_up(on_place) -> None:
    async def test(place: Place) -> None:
        await place.tell(*(decided(slot, "accepted", NOON - HOUR) for slot in range(3)), requested("dataset:1", NOON))
        assert await place.triggers[0].look(NOON) is not None

    on_place(test)


def test_only_the_newest_decision_of_samples_that_may_be_trained_on_counts(on_place) -> None:
    async def test(place: Place) -> None:
        at = NOON - HOUR
        await place.tell(
            decided(0, "accepted", at),
            decided(1, "accepted", at), decided(1, "rejected", at + MINUTE, seq=2),
            decided(2, "accepted", at), decided(2, "reopened", at + MINUTE, seq=2),
            decided(3, "edited", at, simulated=True),
        )  # fmt: skip
        other = dict(decided(4, "accepted", at))
        await place.tell({**other, "version": "e" * 64})
        found = await standing(place.database, simulated=False)
        assert (found.new, found.oldest, found.newest, found.not_counted) == (1, at, at, 1)
        assert "1 simulated ones do not count" in verdict(found, SETTINGS, NOON).why
        assert (await standing(place.database, simulated=True)).new == 2
        await place.database["sources"].update_one({}, {"$set": {"split": "bench"}})
        assert (await standing(place.database, simulated=True)).new == 0

    on_place(test)


def test_a_request_that_never_arrived_is_sent_again(on_place) -> None:
    async def test(place: Place) -> None:
        await place.tell(*(decided(slot, "accepted", NOON - HOUR) for slot in range(3)))
        trigger = place.triggers[0]
        asked = await trigger.look(NOON)
        assert await trigger.look(NOON + 11 * HOUR) == asked
        assert len(place.asked()) == 1
        assert await trigger.look(NOON + 13 * HOUR) == asked
        assert [one.request for one in place.asked()] == [asked, asked]
        assert len({one.id for one in place.publisher.published}) == 1  # type: ignore[union-attr]

    on_place(test)


def test_while_the_broker_is_away_the_request_waits_unsent(on_place) -> None:
    async def test(place: Place) -> None:
        await place.tell(*(decided(slot, "accepted", NOON - HOUR) for slot in range(3)))
        place.publisher.failures = [DependencyDown("kafka", "away")]
        trigger = place.triggers[0]
        assert await trigger.look(NOON) is None
        assert await trigger.documents.count_documents({"unsent": True}) == 1
        assert await Outbox(place.publisher).sweep(trigger.documents) == 1  # type: ignore[arg-type]
        assert len(place.asked()) == 1

    on_place(test)
