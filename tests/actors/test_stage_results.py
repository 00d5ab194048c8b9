"""Stage results on a real server: the first durable one wins, and whoever loses is given the winner's bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from pymongo import AsyncMongoClient
from pymongo.errors import BulkWriteError

from actors.results import StageResults, result_key
from streams.events import Event
from tests.streams.conftest import event

Check = Callable[[StageResults, StageResults], Awaitable[None]]


@pytest.fixture
def on(mongodb_url: str, mongo_db: str) -> Callable[[Check], None]:
    """Run a check with the results as two workers see them."""

    def run(check: Check) -> None:
        async def go() -> None:
            async with AsyncMongoClient(mongodb_url, w="majority") as one, AsyncMongoClient(mongodb_url) as two:
                mine, theirs = StageResults(one[mongo_db]), StageResults(two[mongo_db])
                await mine.prepare()
                await check(mine, theirs)

        asyncio.run(go())

    return run


def told(number: int, by: str) -> Event:
    return event("drafted", number, value=by.encode())


def test_a_result_is_named_by_item_stage_and_round() -> None:
    names = {result_key(item, stage, round_) for item in "ab" for stage in ("draft", "revise") for round_ in (0, 1)}
    assert len(names) == 8
    assert result_key("a", "draft", 0) == "a|draft|0"


def test_results_are_found_in_the_order_asked_for(on) -> None:
    async def check(mine, theirs) -> None:
        await mine.insert_first([(str(number), "guide", told(number, "me")) for number in (1, 3)])
        assert await theirs.find(["3", "2", "1", "3"]) == [told(3, "me"), None, told(1, "me"), told(3, "me")]
        assert await theirs.find([]) == []

    on(check)


def test_the_first_wins_and_the_loser_is_given_its_bytes(on) -> None:
    async def check(mine, theirs) -> None:
        assert await mine.insert_first([("k", "guide", told(1, "me"))]) == [told(1, "me")]
        found = await theirs.insert_first([("k", "guide", told(1, "they")), ("other", "guide", told(2, "they"))])
        assert found == [told(1, "me"), told(2, "they")]
        assert await mine.find(["k", "other"]) == found

    on(check)


def test_workers_that_race_for_many_results_are_all_given_the_same(on) -> None:
    async def check(mine, theirs) -> None:
        keys = [str(number) for number in range(40)]
        calls = [
            results.insert_first([(key, "guide", told(int(key), f"{name} {turn}")) for key in keys])
            for turn in range(4)
            for name, results in (("me", mine), ("they", theirs))
        ]
        found = await asyncio.gather(*calls)
        assert all(one == found[0] for one in found)
        assert await mine.find(keys) == found[0]

    on(check)


def test_the_same_key_twice_in_one_call_is_one_result(on) -> None:
    async def check(mine, theirs) -> None:
        twice = [("k", "guide", told(1, "first")), ("k", "guide", told(1, "second"))]
        assert await mine.insert_first(twice) == [told(1, "first")] * 2

    on(check)


def test_what_is_no_duplicate_is_no_race_and_is_raised(on, monkeypatch) -> None:
    async def check(mine, theirs) -> None:
        async def refuse(*_: object, **__: object) -> None:
            raise BulkWriteError({"writeErrors": [{"code": 11000}, {"code": 10107}]})

        monkeypatch.setattr(mine, "_results", type("Refusing", (), {"insert_many": refuse})())
        with pytest.raises(BulkWriteError):
            await mine.insert_first([("k", "guide", told(1, "me"))])

    on(check)


def test_what_is_erased_is_gone_and_may_be_made_again(on) -> None:
    async def check(mine, theirs) -> None:
        await mine.insert_first([(str(n), "guide" if n % 2 else "other", told(n, "me")) for n in range(6)])
        await theirs.erase(["1", "nothing"])
        assert await mine.find(["1", "3"]) == [None, told(3, "me")]
        assert await theirs.erase_source("guide") == 2
        assert await theirs.erase_source("guide") == 0
        assert [one is None for one in await mine.find(["0", "1", "2", "3", "4", "5"])] == [False, True] * 3
        assert await mine.insert_first([("1", "guide", told(1, "again"))]) == [told(1, "again")]

    on(check)
