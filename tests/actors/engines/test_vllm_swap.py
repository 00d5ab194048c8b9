"""Adapters swapped in a real engine: what every engine keeps, the same answers as a cold engine's, nothing mixed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engine_contract import LONG, SHORT, gather, make, until, valid
from loaded_engine import Loaded
from swap_contract import SwapContract

from actors.engines.adapters import Adapter, read_adapter, zero_adapter
from actors.engines.errors import EngineNotUsable, SelfTestFailed
from actors.engines.factory import open_engine
from actors.engines.small_model import prepare
from tests.actors.made_adapters import changed, like, plain

pytestmark = [pytest.mark.vllm, pytest.mark.long, pytest.mark.timeout(600)]
SETTINGS: dict[str, Any] = {"max_num_seqs": 16, "max_model_len": 2048, "dtype": "float32"}


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Adapter, Adapter]:
    """Two adapters under which the small model writes other answers than without."""
    pytest.importorskip("vllm")
    folder, zero = tmp_path_factory.mktemp("adapters"), zero_adapter(prepare())
    return read_adapter(like(zero, folder / "one", 1)), read_adapter(like(zero, folder / "two", 2))


@pytest.fixture(scope="module", params=["vllm", "vllm-async"])
def loaded(request: pytest.FixtureRequest) -> Iterator[Loaded]:
    holder = Loaded(request.param, **SETTINGS)
    yield holder
    holder.close()


@pytest.fixture
def engine(loaded: Loaded) -> Any:
    return loaded.alive()


async def swap(engine: Any, adapter: Adapter | None) -> None:
    await engine.use(await engine.load(adapter))


async def alone(engine: Any, names: range) -> list[str]:
    """Return the texts of answers at temperature 0, asked one at a time."""
    return [
        (await engine.generate(make(f"alone{i}", LONG, temperature=0, max_tokens=48))).candidates[0].text for i in names
    ]


class TestVllmEngineSwaps(SwapContract):
    def test_what_vllm_holds_is_what_is_used(self, engine: Any, pair: tuple[Adapter, Adapter]) -> None:
        """One that left is taken out, whatever went on meanwhile."""

        async def held() -> set[int]:
            if hasattr(engine, "_stepper"):
                found: set[int] = await asyncio.wrap_future(engine._stepper.order(lambda llm: llm.list_loras()))
                return found
            return set(await engine._thread.call(engine._llm.list_loras()))

        async def work() -> None:
            for adapter in (*pair, None, pair[0]):
                call = asyncio.create_task(engine.generate(make("busy", LONG, max_tokens=40)))
                await until(lambda: engine.progress().running == 1)
                await swap(engine, adapter)
                await call
                number = engine._shelf.answering.lora.lora_int_id
                await engine.generate(make("after"))
                assert await held() == {number}

        asyncio.run(work())

    def test_requests_of_two_adapters_in_one_step_are_not_mixed(
        self, engine: Any, pair: tuple[Adapter, Adapter]
    ) -> None:
        """Each is answered as it is alone under its own adapter; float32 leaves no room for how batches round."""

        async def work() -> None:
            wanted = []
            for adapter in pair:
                await swap(engine, adapter)
                wanted += await alone(engine, range(5))
            await swap(engine, pair[0])
            await engine.load(pair[1])
            old = [self._ask(engine, i) for i in range(5)]
            await until(lambda: engine.progress().running == 5)
            await engine.use(pair[1].name)
            new = [self._ask(engine, i) for i in range(5)]
            await until(lambda: engine.progress().running > 5)
            assert not any(call.done() for call in old), "they must be in the same steps to show anything"
            texts = [answer.candidates[0].text for answer in await asyncio.gather(*old, *new)]
            assert texts == wanted
            assert all(a != b for a, b in zip(wanted[:5], wanted[5:], strict=True)), "the adapters must matter"

        asyncio.run(work())

    def _ask(self, engine: Any, number: int) -> asyncio.Task[Any]:
        request = make(f"alone{number}", LONG, temperature=0, max_tokens=48)
        return asyncio.create_task(engine.generate(request))

    def test_an_adapter_that_makes_no_numbers_fails_its_self_test_only(
        self, engine: Any, pair: tuple[Adapter, Adapter], tmp_path: Path
    ) -> None:
        """Its weights are numbers, but so large that what is computed with them is none; nothing of it stays in the
        engine's memory, where it would spoil the answers of others."""
        wild = read_adapter(changed(pair[0].folder, tmp_path / "wild", lambda name, tensor: tensor * 1e30))

        async def work() -> None:
            calls = [asyncio.create_task(engine.generate(make(f"load{i}", LONG, max_tokens=80))) for i in range(4)]
            name = await engine.load(wild)
            with pytest.raises(SelfTestFailed):
                await engine.self_test(name)
            assert {answer.output_tokens for answer in await asyncio.gather(*calls)} == {80}
            valid(await engine.generate(make("goes on")), SHORT)
            assert await engine.clean() == 0
            with pytest.raises(SelfTestFailed):
                await engine.self_test(name)
            await swap(engine, pair[1])
            valid(await engine.generate(make("and swaps")), SHORT)

        asyncio.run(work())

    def test_what_does_not_fit_is_refused(self, engine: Any, pair: tuple[Adapter, Adapter], tmp_path: Path) -> None:
        narrow = changed(
            pair[0].folder, tmp_path / "narrow", lambda name, one: one[:, :64] if "lora_A" in name else one
        )
        renamed = plain(tmp_path / "renamed", rank=16)
        for folder, match in ((narrow, "made for another model"), (renamed, "rank 16")):
            with pytest.raises(EngineNotUsable, match=match):
                asyncio.run(engine.load(read_adapter(folder)))
        valid(asyncio.run(engine.generate(make("goes on"))), SHORT)


def test_answers_after_a_swap_are_those_of_a_cold_engine(loaded: Loaded, pair: tuple[Adapter, Adapter]) -> None:
    """Last: it closes the engine, for two do not fit into one process."""
    name, hot = loaded._name, loaded.alive()

    async def swapped() -> list[list[str]]:
        busy = [asyncio.create_task(hot.generate(make(f"busy{i}", LONG, max_tokens=60))) for i in range(8)]
        found = []
        for adapter in (pair[0], pair[1], pair[0]):
            await swap(hot, adapter)
            await gather(hot, [make(f"more{i}", LONG, max_tokens=30) for i in range(4)])
            await asyncio.gather(*busy)
            found.append(await alone(hot, range(6)))
        return found

    one, two, again = asyncio.run(swapped())
    loaded.close()
    loaded.engine = None
    cold = []
    for adapter in pair:
        engine = open_engine(name, {**SETTINGS, "adapter": str(adapter.folder)})
        cold.append(asyncio.run(alone(engine, range(6))))
        asyncio.run(engine.close())
    assert [one, two, again] == [cold[0], cold[1], cold[0]]
    assert all(a != b for a, b in zip(*cold, strict=True)), "the adapters must matter"
