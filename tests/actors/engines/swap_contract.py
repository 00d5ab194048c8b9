"""What every engine keeps that takes adapters in; subclassed once for each."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy
import pytest
from engine_contract import LONG, SHORT, gather, make, until, valid

from actors.engines.adapters import Adapter, read_adapter
from actors.engines.errors import EngineNotUsable
from tests.actors.made_adapters import changed


class SwapContract:
    """Give a fixture `engine` (alive, idle, as it starts) and a fixture `pair` of adapters that fit it."""

    @pytest.fixture(autouse=True)
    def back(self, engine: Any) -> Any:
        """Leave the engine as it was."""
        yield
        asyncio.run(_swap(engine, None))

    def test_answers_name_the_adapter_that_is_used(self, engine: Any, pair: tuple[Adapter, Adapter]) -> None:
        async def work() -> None:
            before = engine.card.adapter
            for adapter in pair:
                name = await engine.load(adapter)
                assert name == adapter.name
                await engine.self_test(name)
                assert (await engine.generate(make("before"))).adapter == engine.card.adapter == before
                await engine.use(name)
                answer = await engine.generate(make("after"))
                valid(answer, SHORT)
                assert answer.adapter == engine.card.adapter == adapter.name
                before = adapter.name

        asyncio.run(work())

    def test_what_is_in_flight_ends_on_the_adapter_it_began_with(
        self, engine: Any, pair: tuple[Adapter, Adapter]
    ) -> None:
        async def work() -> None:
            old = engine.card.adapter
            calls = [asyncio.create_task(engine.generate(make(f"old{i}", LONG, max_tokens=200))) for i in range(4)]
            await until(lambda: engine.progress().running + engine.progress().waiting == 4)
            await _swap(engine, pair[0])
            assert not any(call.done() for call in calls), "they must still be in flight to show anything"
            new = await gather(engine, [make(f"new{i}", LONG, max_tokens=20) for i in range(4)])
            assert {answer.adapter for answer in await asyncio.gather(*calls)} == {old}
            assert {answer.adapter for answer in new} == {pair[0].name}
            assert {answer.output_tokens for answer in new} == {20}

        asyncio.run(work())

    def test_the_way_back_is_the_same(self, engine: Any, pair: tuple[Adapter, Adapter]) -> None:
        async def work() -> None:
            first = await engine.generate(make("way", temperature=0))
            await _swap(engine, pair[0])
            await _swap(engine, pair[1])
            await _swap(engine, None)
            again = await engine.generate(make("way", temperature=0))
            assert again == first

        asyncio.run(work())

    def test_what_is_not_loaded_cannot_be_used(self, engine: Any) -> None:
        async def work() -> None:
            with pytest.raises(EngineNotUsable, match="is loaded: load it"):
                await engine.use("other@0123456789ab")
            with pytest.raises(EngineNotUsable, match="is loaded: load it"):
                await engine.self_test("other@0123456789ab")
            valid(await engine.generate(make("goes on")), SHORT)

        asyncio.run(work())

    def test_a_broken_adapter_is_refused_and_the_engine_goes_on(
        self, engine: Any, pair: tuple[Adapter, Adapter], tmp_path: Path
    ) -> None:
        def break_one(name: str, tensor: Any) -> Any:
            tensor[0, 0] = numpy.nan
            return tensor

        broken = read_adapter(changed(pair[0].folder, tmp_path / "broken", break_one))

        async def work() -> None:
            before = engine.card.adapter
            with pytest.raises(EngineNotUsable, match="no number"):
                await engine.load(broken)
            answer = await engine.generate(make("goes on"))
            valid(answer, SHORT)
            assert answer.adapter == engine.card.adapter == before

        asyncio.run(work())


async def _swap(engine: Any, adapter: Adapter | None) -> None:
    await engine.use(await engine.load(adapter))
