"""What reviewers said of what models wrote."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from pymongo import AsyncMongoClient

from streams.trends import reviews
from streams.trends.facts import Facts
from streams.trends.reviews import AdapterRow
from tests.streams.trends.constructed import NOON, decided, documents, drafted, revised

NEW = "spine@3fa9c1d2e4b7"


def test_the_newest_decision_counts_for_who_drafted_last(mongodb_url, mongo_db) -> None:
    facts = [
        *(drafted(slot, "") for slot in range(4)),
        drafted(3, NEW, round_=1),
        decided(0, "accepted"),
        decided(1, "accepted"),
        decided(1, "rejected", seq=2, simulated=True),
        decided(2, "accepted"),
        decided(2, "reopened", seq=2),
        decided(3, "edited", simulated=True),
    ]

    async def scenario() -> None:
        async with AsyncMongoClient[dict[str, Any]](mongodb_url) as client:
            database = client[mongo_db]
            await Facts(database).insert(documents(facts))
            assert await reviews.by_adapter(database) == (
                AdapterRow(adapter="", kind="mcq", drafted=3, accepted=1, rejected=1, simulated=1),
                AdapterRow(adapter=NEW, kind="mcq", drafted=1, edited=1, simulated=1),
            )
            assert await reviews.decisions(database) == {"accepted": 3, "edited": 1, "rejected": 1, "reopened": 1}
            used = {(one.stage, one.adapter): (one.prompt, one.output) for one in await reviews.tokens(database)}
            assert used == {("draft", ""): (40, 20), ("draft", NEW): (10, 5)}

    asyncio.run(scenario())


def test_speed_and_reasons(mongodb_url, mongo_db) -> None:
    minute = timedelta(minutes=1)
    facts = [
        *(revised(slot, at=NOON - 100 * minute) for slot in range(3)),
        revised(3, ("copied", "off-level")),
        revised(4, ("copied",)),
        decided(0, "accepted", NOON - 90 * minute),
        decided(1, "edited", NOON - 40 * minute),
        decided(2, "rejected", NOON - 10 * minute, simulated=True),
        decided(2, "reopened", NOON - 5 * minute, seq=2),
    ]

    async def scenario() -> None:
        async with AsyncMongoClient[dict[str, Any]](mongodb_url) as client:
            database = client[mongo_db]
            await Facts(database).insert(documents(facts))
            found = await reviews.speed(database, NOON)
            assert (found.hour, found.day, found.simulated_day, found.waited) == (2, 3, 1, 2100.0)
            assert [*(await reviews.held(database)).items()] == [("copied", 2), ("off-level", 1)]
            assert await reviews.revised(database) == (3, 2)

    asyncio.run(scenario())
