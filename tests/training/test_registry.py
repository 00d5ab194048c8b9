"""Who the champion is: promoted once, gone back from, never tainted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from pymongo import AsyncMongoClient

from streams import topics
from streams.events import Event
from streams.model_payloads import AdapterMade, ModelPromoted, Move
from tests.training.adapter_samples import record, ref
from training.adapter_record import AdapterState, Promotion, line_of
from training.errors import AdapterUnknown, NotPromotable
from training.promoter import GatePromoter
from training.registry import Registry

Test = Callable[[Registry], Awaitable[None]]


@pytest.fixture
def on_registry(mongodb_url: str, mongo_db: str) -> Callable[[Test], None]:
    """Run an async test on a registry with adapters a, b and c."""

    def run(test: Test) -> None:
        async def go() -> None:
            async with AsyncMongoClient[dict[str, Any]](mongodb_url) as client:
                registry = Registry(client[mongo_db])
                await registry.prepare()
                for name in "abc":
                    await registry.add(record(name, sources=(f"source-{name}", "guide")))
                await test(registry)

        asyncio.run(go())

    return run


async def _states(registry: Registry) -> dict[str, AdapterState]:
    return {one.ref.name: state for one, state in await registry.listed()}


async def _champion(registry: Registry) -> str:
    found = await registry.champion()
    return found.name if found else ""


def test_the_bare_model_answers_until_one_is_promoted(on_registry: Callable[[Test], None]) -> None:
    async def test(registry: Registry) -> None:
        assert await registry.champion() is None
        assert set((await _states(registry)).values()) == {AdapterState.CANDIDATE}
        await registry.promote(ref("a"), who="gate", why="better")
        await registry.promote(ref("b"), who="gate", why="better still")
        states = await _states(registry)
        assert states == {"a": AdapterState.RETIRED, "b": AdapterState.CHAMPION, "c": AdapterState.CANDIDATE}
        assert [(one.seq, one.name, one.previous) for one in await registry.history()] == [(1, "a", ""), (2, "b", "a")]

    on_registry(test)


def test_a_promotion_carries_its_unsent_event(on_registry: Callable[[Test], None]) -> None:
    async def test(registry: Registry) -> None:
        await registry.promote(ref("a"), who="gate", why="better")
        stored = await registry.promotions.find_one({"_id": 1})
        assert stored is not None
        assert stored["unsent"] is True
        told: ModelPromoted = topics.PROMOTIONS.read(Event.from_stored(stored["event"]))
        assert (told.seq, told.adapter, told.previous, told.move) == (1, ref("a"), "", Move.PROMOTED)

    on_registry(test)


def test_promoting_twice_is_promoting_once(on_registry: Callable[[Test], None]) -> None:
    async def test(registry: Registry) -> None:
        first = await registry.promote(ref("a"), who="gate", why="better")
        assert await registry.promote(ref("a"), who="me", why="again") == first
        assert len(await registry.history()) == 1

    on_registry(test)


def test_the_gate_does_not_overrule_who_went_back(on_registry: Callable[[Test], None]) -> None:
    async def test(registry: Registry) -> None:
        sent: list[str] = []

        async def send() -> None:
            sent.append("sent")

        gate = GatePromoter(registry, send)
        await gate.promote(ref("a"), instead_of="", who="gate", why="comparison 1")
        await registry.rollback(who="me", why="worse in use")
        await gate.promote(ref("a"), instead_of="", who="gate", why="comparison 1")
        assert (await gate.champion(), len(await registry.history())) == ("", 2)
        await gate.promote(ref("a"), instead_of="", who="gate", why="comparison 2")
        assert (await gate.champion(), len(sent)) == ("a", 3)

    on_registry(test)


def test_the_gate_promotes_instead_of_the_one_it_compared_with_only(on_registry: Callable[[Test], None]) -> None:
    async def test(registry: Registry) -> None:
        await registry.promote(ref("b"), who="me", why="by hand")
        with pytest.raises(NotPromotable, match="b became the champion meanwhile"):
            await registry.promote(ref("a"), who="gate", why="comparison 1", instead_of="")
        assert await _champion(registry) == "b"
        await registry.promote(ref("a"), who="gate", why="comparison 2", instead_of="b")
        assert await _champion(registry) == "a"

    on_registry(test)


def test_scoring_again_is_beside_who_is_the_champion_now(on_registry: Callable[[Test], None]) -> None:
    async def test(registry: Registry) -> None:
        async def send() -> None:
            raise AssertionError

        gate = GatePromoter(registry, send)
        beside_bare = await gate.again(ref("c"))
        assert topics.CANDIDATES.read(beside_bare).champion is None
        await registry.promote(ref("b"), who="me", why="by hand")
        beside_b = await gate.again(ref("c"))
        assert topics.CANDIDATES.read(beside_b).champion == ref("b")
        assert (await gate.again(ref("c"))).id == beside_b.id != beside_bare.id
        with pytest.raises(AdapterUnknown):
            await gate.again(ref("unheard"))

    on_registry(test)


def test_a_person_has_an_adapter_scored_again_by_an_unsent_event(on_registry: Callable[[Test], None]) -> None:
    async def test(registry: Registry) -> None:
        await registry.promote(ref("b"), who="me", why="by hand")
        before = await registry.get("c")
        await registry.ask_again("c")
        assert await registry.get("c") == before
        stored = await registry.adapters.find_one({"unsent": True})
        assert stored is not None
        told: AdapterMade = topics.CANDIDATES.read(Event.from_stored(stored["event"]))
        assert (told.adapter, told.champion) == (ref("c"), ref("b"))
        with pytest.raises(NotPromotable, match="is the champion"):
            await registry.ask_again("b")
        with pytest.raises(AdapterUnknown):
            await registry.ask_again("unheard")
        await registry.taint("source-a")
        with pytest.raises(NotPromotable, match="withdrawn"):
            await registry.ask_again("a")

    on_registry(test)


def test_two_who_promote_at_once_both_get_in_one_after_the_other(on_registry: Callable[[Test], None]) -> None:
    async def test(registry: Registry) -> None:
        await asyncio.gather(*(registry.promote(ref(name), who="me", why="race") for name in "abc"))
        history = await registry.history()
        assert [one.seq for one in history] == [1, 2, 3]
        assert {one.name for one in history} == set("abc")
        assert [one.previous for one in history[1:]] == [one.name for one in history[:-1]]

    on_registry(test)


def test_going_back(on_registry: Callable[[Test], None]) -> None:
    async def test(registry: Registry) -> None:
        with pytest.raises(NotPromotable, match="bare model answers already"):
            await registry.rollback(who="me", why="no reason")
        for name in "abc":
            await registry.promote(ref(name), who="gate", why="better")
        for wanted in ("b", "a", ""):
            entry = await registry.rollback(who="me", why="worse")
            assert (entry.name, await _champion(registry)) == (wanted, wanted)
        await registry.promote(ref("c"), who="me", why="once more")
        with pytest.raises(NotPromotable, match="none of those"):
            await registry.rollback(who="me", why="by name", to="a")
        await registry.rollback(who="me", why="by name", to="bare")
        assert await _champion(registry) == ""

    on_registry(test)


def test_a_withdrawn_source_taints_what_saw_it(on_registry: Callable[[Test], None]) -> None:
    async def test(registry: Registry) -> None:
        for name in "abc":
            await registry.promote(ref(name), who="gate", why="better")
        assert await registry.taint("source-b") == ("b",)
        assert (await _states(registry))["b"] is AdapterState.TAINTED
        assert (await registry.get("b")).tainted == ("source-b",)
        with pytest.raises(NotPromotable, match="source-b"):
            await registry.promote(ref("b"), who="me", why="all the same")
        assert (await registry.rollback(who="me", why="worse")).name == "a", "past the tainted one"
        assert await registry.taint("guide") == ("a", "b", "c")
        states = await _states(registry)
        assert states["a"] is AdapterState.CHAMPION, "it answers until another does"
        assert (await registry.get("a")).tainted == ("guide",)

    on_registry(test)


def test_what_the_gate_refused_last_is_refused(on_registry: Callable[[Test], None]) -> None:
    async def test(registry: Registry) -> None:
        judged = registry.promotions.database["gate_decisions"]
        told = [("1", "a", "refused"), ("2", "b", "refused"), ("3", "b", "waiting")]
        await judged.insert_many(
            [{"_id": at, "candidate": name, "judgement": what, "at": at} for at, name, what in told]
        )
        states = await _states(registry)
        assert (states["a"], states["b"]) == (AdapterState.REFUSED, AdapterState.CANDIDATE)

    on_registry(test)


def test_an_adapter_is_entered_once(on_registry: Callable[[Test], None]) -> None:
    async def test(registry: Registry) -> None:
        again = await registry.add(record("a", run="another"))
        assert again.run == "run of a"
        with pytest.raises(AdapterUnknown, match="models list"):
            await registry.get("nobody")

    on_registry(test)


def _entry(name: str, move: Move = Move.PROMOTED) -> Promotion:
    return Promotion(seq=1, adapter=ref(name) if name else None, previous="", move=move, who="me", why="", when="")


@pytest.mark.parametrize(
    ("moves", "line"),
    [
        ("a b c", ["", "a", "b", "c"]),
        ("a b -a", ["", "a"]),
        ("a b -a c", ["", "a", "c"]),
        ("a b -", [""]),
        ("a b a -b", ["", "a", "b"]),
    ],
)
def test_the_line_of_champions(moves: str, line: list[str]) -> None:
    history = [_entry(one.lstrip("-"), Move.ROLLED_BACK if "-" in one else Move.PROMOTED) for one in moves.split()]
    assert [one.name if one else "" for one in line_of(history)] == line
