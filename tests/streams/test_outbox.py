"""Commands: the document carries its event until it is out, whatever step a crash leaves out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from pymongo import AsyncMongoClient

from streams import topics
from streams.errors import DependencyDown
from streams.events import Event
from streams.outbox import Documents, Outbox, index_unsent, unsent
from tests.streams.event_examples import Recorder, payloads

Check = Callable[[Documents, Recorder], Awaitable[None]]


def command(name: str = "guide") -> dict[str, Any]:
    event = topics.WITHDRAWALS.event(payloads()["withdrawals"], key=name, subject=name, source="front-door")
    return {"_id": name, **unsent(event)}


@pytest.fixture
def on(mongodb_url: str, mongo_db: str) -> Callable[[Check], None]:
    """Run a check with an empty collection and a publisher that notes."""

    def run(check: Check) -> None:
        async def go() -> None:
            async with AsyncMongoClient(mongodb_url, w="majority", journal=True) as client:
                documents = client[mongo_db]["commands"]
                await index_unsent(documents)
                await check(documents, Recorder())

        asyncio.run(go())

    return run


def test_a_command_is_sent_and_its_place_is_kept(on) -> None:
    async def check(documents, publisher) -> None:
        await documents.insert_one(document := command())
        await Outbox(publisher).send(documents, document)
        found = await documents.find_one({"_id": "guide"})
        assert (found["unsent"], found["sent"]) == (False, ["withdrawals", 0, 0])
        assert publisher.published == [Event.from_stored(document["event"])]
        assert await Outbox(publisher).sweep(documents) == 0

    on(check)


def test_a_crash_after_the_write_is_mended_by_the_sweep(on) -> None:
    async def check(documents, publisher) -> None:
        await documents.insert_one(document := command())
        # The process dies here.
        assert await Outbox(publisher).sweep(documents) == 1
        assert [one.id for one in publisher.published] == [document["event"]["id"]]
        assert (await documents.find_one({"_id": "guide"}))["unsent"] is False
        assert await Outbox(publisher).sweep(documents) == 0

    on(check)


def test_a_crash_between_publishing_and_clearing_sends_the_same_event_again(on) -> None:
    async def check(documents, publisher) -> None:
        await documents.insert_one(document := command())
        await publisher.publish([Event.from_stored(document["event"])])
        # The process dies here.
        assert await Outbox(publisher).sweep(documents) == 1
        first, second = publisher.published
        assert first == second
        assert (await documents.find_one({"_id": "guide"}))["sent"] == ["withdrawals", 0, 1]

    on(check)


def test_a_broker_that_is_away_leaves_the_mark_and_is_told(on) -> None:
    async def check(documents, publisher) -> None:
        for name in ("a", "b", "c"):
            await documents.insert_one(command(name))
        publisher.failures = [DependencyDown("kafka", "away")]
        with pytest.raises(DependencyDown):
            await Outbox(publisher).sweep(documents)
        assert await documents.count_documents({"unsent": True}) == 3
        assert await Outbox(publisher).sweep(documents) == 3
        assert {one.subject for one in publisher.published} == {"a", "b", "c"}

    on(check)


def test_two_sweeps_at_once_send_at_most_twice_and_always_the_same(on) -> None:
    async def check(documents, publisher) -> None:
        await documents.insert_many([command(f"source-{number}") for number in range(20)])
        await asyncio.gather(*(Outbox(publisher).sweep(documents) for _ in range(2)))
        assert await documents.count_documents({"unsent": True}) == 0
        assert 20 <= len(publisher.published) <= 40
        by_subject = {one.subject: one for one in publisher.published}
        assert len(by_subject) == 20
        assert all(one == by_subject[one.subject] for one in publisher.published)

    on(check)


def test_the_sweep_looks_at_what_is_unsent_only(on) -> None:
    async def check(documents, publisher) -> None:
        await documents.insert_many([{"_id": number, "unsent": False} for number in range(50)])
        plan = await documents.find({"unsent": True}).explain()
        stages = repr(plan["queryPlanner"]["winningPlan"])
        assert "IXSCAN" in stages
        assert "COLLSCAN" not in stages

    on(check)
