"""A budget on a real store and real counters: it counts on over restarts, workers and a Redis that forgets."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from pydantic import ValidationError
from pymongo import AsyncMongoClient

from actors.budget import BUDGET, Budget, BudgetSettings
from actors.usage import Used
from streams.controls import ENGINE_STAGES, Controls


@dataclass
class Counters:
    """Usage as Redis would tell it; what it forgets is up to the test."""

    totals: Used = field(default_factory=Used)

    async def used(self) -> Used:
        return self.totals


@dataclass
class Desk:
    counters: Counters
    controls: Controls

    @property
    def budget(self) -> Budget:
        """As another process has it."""
        return Budget(self.controls, self.counters)  # type: ignore[arg-type]


@pytest.fixture
def at(mongodb_url: str, mongo_db: str) -> Callable[[Callable[[Desk], Awaitable[None]]], None]:
    def run(check: Callable[[Desk], Awaitable[None]]) -> None:
        async def go() -> None:
            async with AsyncMongoClient(mongodb_url, w="majority") as client:
                await check(Desk(Counters(), Controls(client[mongo_db])))

        asyncio.run(go())

    return run


def test_without_limits_there_is_no_budget(at) -> None:
    async def check(desk: Desk) -> None:
        await desk.budget.set(BudgetSettings())
        assert await desk.budget.look() is None
        assert await desk.budget.pauses() == {}

    at(check)


def test_it_counts_from_when_it_was_set_and_a_higher_one_counts_on(at) -> None:
    async def check(desk: Desk) -> None:
        desk.counters.totals = Used(10, 5_000, 700)
        await desk.budget.set(BudgetSettings(max_tokens=1_000))
        now = await desk.budget.look()
        assert now is not None
        assert (now.tokens, now.spent) == (0, False)
        desk.counters.totals = Used(14, 5_800, 900)
        now = await desk.budget.look()
        assert now is not None
        assert (now.used, now.tokens, now.spent) == (Used(4, 800, 200), 1_000, True)
        await desk.budget.set(BudgetSettings(max_tokens=1_500))
        now = await desk.budget.look()
        assert now is not None
        told = now.as_json()
        assert (told["used_tokens"], told["left_tokens"], told["spent"], told["max_cost"]) == (1_000, 500, False, None)
        await desk.budget.set(BudgetSettings())
        await desk.budget.set(BudgetSettings(max_tokens=1_000))
        now = await desk.budget.look()
        assert now is not None
        assert now.tokens == 0, "a budget that was taken away and set anew begins anew"

    at(check)


def test_cost_counts_prompt_and_output_by_their_prices(at) -> None:
    settings = BudgetSettings(
        max_cost=1.5, price_per_million_prompt_tokens=0.5, price_per_million_output_tokens=2, currency="EUR"
    )

    async def check(desk: Desk) -> None:
        await desk.budget.set(settings)
        desk.counters.totals = Used(1, 1_000_000, 499_999)
        now = await desk.budget.look()
        assert now is not None
        assert (now.cost, now.spent) == (pytest.approx(1.499998), False)
        desk.counters.totals = Used(2, 1_000_000, 500_000)
        now = await desk.budget.look()
        assert now is not None
        told = now.as_json()
        assert (told["used_cost"], told["left_cost"], told["currency"], told["spent"]) == (1.5, 0.0, "EUR", True)

    at(check)


def test_a_cost_without_prices_is_refused() -> None:
    with pytest.raises(ValidationError, match="max_cost needs price_per_million"):
        BudgetSettings(max_cost=1)


def test_a_flushed_redis_gives_nothing_back(at) -> None:
    async def check(desk: Desk) -> None:
        desk.counters.totals = Used(3, 100, 0)
        await desk.budget.set(BudgetSettings(max_tokens=1_000))
        desk.counters.totals = Used(9, 900, 300)
        assert (await desk.budget.look()).spent  # type: ignore[union-attr]
        for totals, tokens in ((Used(), 1_100), (Used(1, 40, 10), 1_150), (Used(), 1_150), (Used(1, 1, 0), 1_151)):
            desk.counters.totals = totals
            now = await desk.budget.look()
            assert now is not None
            assert (now.tokens, now.spent) == (tokens, True)

    at(check)


def test_a_redis_that_lost_its_last_second_is_not_counted_twice(at) -> None:
    async def check(desk: Desk) -> None:
        await desk.budget.set(BudgetSettings(max_tokens=10_000))
        for totals, tokens in ((Used(5, 1_000, 500), 1_500), (Used(4, 990, 490), 1_500), (Used(5, 1_090, 490), 1_600)):
            desk.counters.totals = totals
            now = await desk.budget.look()
            assert now is not None
            assert now.tokens == tokens

    at(check)


def test_many_workers_that_look_at_once_count_a_loss_once(at) -> None:
    async def check(desk: Desk) -> None:
        await desk.budget.set(BudgetSettings(max_tokens=10_000))
        desk.counters.totals = Used(5, 1_000, 0)
        await desk.budget.look()
        desk.counters.totals = Used()
        found = await asyncio.gather(*(desk.budget.look() for _ in range(20)))
        assert {one.tokens for one in found if one} == {1_000}

    at(check)


def test_a_spent_budget_pauses_the_engine_stages_and_people_s_reasons_stay(at) -> None:
    async def check(desk: Desk) -> None:
        await desk.budget.set(BudgetSettings(max_tokens=10))
        await desk.controls.pause("draft", "Dr Li", "a look")
        await desk.controls.pause("intake", "Dr Li", "moving")
        assert set(await desk.budget.pauses()) == {"draft", "intake"}
        desk.counters.totals = Used(1, 10, 0)
        found = await desk.budget.pauses()
        assert set(found) == {*ENGINE_STAGES, "intake"}
        assert (found["draft"].why, found["revise"].why, found["read"].why) == ("a look", BUDGET, BUDGET)
        await desk.budget.set(BudgetSettings(max_tokens=20))
        assert set(await desk.budget.pauses()) == {"draft", "intake"}

    at(check)
