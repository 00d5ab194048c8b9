"""Event facts: one an event, whatever comes; nothing of texts or people; what is no event is counted."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import pytest
from pymongo import AsyncMongoClient
from pymongo.errors import BulkWriteError

from streams.topics import REGISTRY
from streams.trends.facts import UNREADABLE, Facts
from streams.trends.made import READINGS, fact_of
from tests.streams.trends.constructed import NOON, examples, fact, record_of, told

NAMES = sorted(REGISTRY)
PRIVATE = ("Dr Li", "Sagittal", "disc extrusion", "Which finding", "an error", "An editor", "They say so", "better")


def example(name: str) -> Any:
    return told(name, examples()[name], "a subject")


def test_every_topic_of_the_registry_has_a_reading() -> None:
    assert set(READINGS) == set(REGISTRY)


@pytest.mark.parametrize("name", NAMES)
def test_a_fact_is_named_by_its_event_and_holds_no_text_and_no_name(name) -> None:
    event = example(name)
    made = fact_of(record_of(event))
    topic = REGISTRY[name]
    assert (made["_id"], made["topic"], made["at"]) == (event.id, name, NOON)
    assert made["type"] == f"{topic.entity}.{topic.verb}"
    assert not [text for text in PRIVATE if text in str(made)]


def test_what_counts_need_is_there() -> None:
    draft, decision = fact_of(record_of(example("drafted"))), fact_of(record_of(example("decisions")))
    assert (draft["kind"], draft["axis"], draft["adapter"], draft["output_tokens"]) == ("mcq", "pathology", "", 5)
    assert (decision["decision"], decision["seq"], decision["simulated"]) == ("edited", 1, False)
    assert decision["item"] == draft["item"]
    axis = fact_of(record_of(example("comparisons")))["axes"][0]
    assert (axis["axis"], axis["difference"]) == ("all", 0.1)


@pytest.mark.parametrize(
    "broken",
    [
        {"value": None},
        {"key": None},
        {"value": b"{"},
        {"value": b'{"item": {}}'},
        {"headers": ()},
        {"headers": (("ce_id", None),)},
        {"headers": (("ce_id", b"\xff"),)},
    ],
)
def test_a_record_that_is_no_event_is_a_fact_all_the_same(broken) -> None:
    whole = record_of(example("drafted"), offset=7, partition=3)
    record = dataclasses.replace(whole, **broken)
    made = fact_of(record)
    assert (made["type"], made["topic"], made["partition"], made["offset"]) == (UNREADABLE, "drafted", 3, 7)
    assert made == fact_of(record)
    assert made["_id"] != fact_of(dataclasses.replace(record, offset=8))["_id"]


def test_an_event_of_another_topic_or_with_no_time_is_unreadable() -> None:
    lost = dataclasses.replace(example("drafted"), topic="planned")
    assert fact_of(record_of(lost))["type"] == UNREADABLE
    odd = dataclasses.replace(example("drafted"), time="yesterday")
    assert fact_of(record_of(odd))["type"] == UNREADABLE
    without = dataclasses.replace(example("drafted"), time="")
    assert fact_of(record_of(without))["at"] == NOON


def test_inserted_twice_counts_once(mongodb_url, mongo_db) -> None:
    async def scenario() -> None:
        async with AsyncMongoClient[dict[str, Any]](mongodb_url) as client:
            facts = Facts(client[mongo_db])
            await facts.prepare()
            several = [fact(name, examples()[name], "a subject") for name in NAMES]
            assert await facts.insert(several[:3]) == 3
            assert await facts.insert([*several, several[0]]) == len(several) - 3
            assert await facts.insert(several) == 0
            assert await facts.insert([]) == 0
            assert await facts.documents.count_documents({}) == len(several)
            with pytest.raises(BulkWriteError):
                await facts.insert([{"_id": ["an array is no id"]}])

    asyncio.run(scenario())
