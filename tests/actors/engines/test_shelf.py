from __future__ import annotations

import asyncio

import pytest
from engine_contract import until

from actors.engines.errors import EngineNotUsable
from actors.engines.shelf import Held, Shelf


class Engine:
    """Keeps what was taken out of it."""

    def __init__(self) -> None:
        self.removed: list[str] = []
        self.shelf = Shelf(Held("a"), lambda held: self.removed.append(held.name))

    async def load(self, name: str) -> None:
        if not self.shelf.keep(name):
            await self.shelf.make_room()
            self.shelf.put(Held(name))


def test_a_request_keeps_the_adapter_it_began_with() -> None:
    engine = Engine()
    asyncio.run(engine.load("b"))
    with engine.shelf.taken() as first:
        engine.shelf.use("b")
        with engine.shelf.taken() as second:
            assert (first.name, second.name) == ("a", "b")
        assert engine.removed == []
    assert engine.removed == ["a"]
    assert engine.shelf.answering.name == "b"


def test_a_loaded_adapter_is_asked_by_name_before_it_answers() -> None:
    engine = Engine()
    asyncio.run(engine.load("b"))
    with engine.shelf.taken("b") as held:
        assert held.name == "b"
    assert engine.shelf.answering.name == "a"
    for name in ("c", ""):
        with pytest.raises(EngineNotUsable, match="is loaded: load it"), engine.shelf.taken(name):
            pass
        with pytest.raises(EngineNotUsable, match="is loaded: load it"):
            engine.shelf.use(name)


def test_a_third_waits_until_the_one_that_leaves_is_left() -> None:
    engine = Engine()

    async def swap() -> None:
        await engine.load("b")
        with engine.shelf.taken():
            engine.shelf.use("b")
            loading = asyncio.create_task(engine.load("c"))
            done, _ = await asyncio.wait([loading], timeout=0.2)
            assert not done
            assert engine.removed == []
        await loading

    asyncio.run(swap())
    assert engine.removed == ["a"]
    engine.shelf.use("c")
    assert engine.removed == ["a", "b"]


def test_what_was_loaded_and_is_not_wanted_any_more_goes() -> None:
    engine = Engine()

    async def load() -> None:
        await engine.load("b")
        await engine.load("c")

    asyncio.run(load())
    assert engine.removed == ["b"]
    assert engine.shelf.answering.name == "a"


def test_one_that_leaves_comes_back_without_being_loaded_again() -> None:
    engine = Engine()

    async def back() -> None:
        await engine.load("b")
        with engine.shelf.taken():
            engine.shelf.use("b")
            await engine.load("a")
            engine.shelf.use("a")
        await until(lambda: engine.removed == ["b"], 5)

    asyncio.run(back())
    assert engine.shelf.answering.name == "a"


def test_loading_or_using_what_answers_changes_nothing() -> None:
    engine = Engine()
    asyncio.run(engine.load("a"))
    engine.shelf.use("a")
    assert engine.removed == []
