"""What is no number goes out of a worker's cache, and nothing else changes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors.engines.errors import EngineDead, RequestFailed, SelfTestFailed
from actors.engines.self_test import ask, cleaned
from generation.requests import Candidate, ModelAnswer, ModelRequest

torch = pytest.importorskip("torch")


class Runner:
    def __init__(self, *caches: object) -> None:
        self.kv_caches = [*caches]


def worker(*caches: object) -> Any:
    # The module that vLLM imports in its workers; what it does when it is imported is for those.
    pytest.importorskip("vllm")
    from actors.engines.vllm_worker import EngineWorker

    found = EngineWorker()
    found.model_runner = Runner(*caches)
    return found


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_what_is_no_number_becomes_zero_and_numbers_stay(dtype: Any) -> None:
    sound, broken = torch.randn(3, 4).to(dtype), torch.randn(3, 4).to(dtype)
    kept, wanted = sound.clone(), broken.clone()
    for at, value in (((0, 1), float("nan")), ((1, 2), float("inf")), ((2, 3), float("-inf"))):
        broken[at], wanted[at] = value, 0.0
    one = worker(sound, broken)
    assert one.clean_numbers() == 3
    assert torch.equal(sound, kept)
    assert torch.equal(broken, wanted)
    assert one.clean_numbers() == 0


def test_caches_of_whole_numbers_and_nested_ones_are_passed_over_or_into() -> None:
    nested = [torch.tensor([1.0, float("nan")]), torch.tensor([float("inf")])]
    assert worker(nested, torch.zeros(2, dtype=torch.uint8)).clean_numbers() == 2
    assert all(bool(torch.isfinite(one).all()) for one in nested)


@pytest.mark.parametrize(("found", "asked"), [([0], 1), ([7, 3, 0], 3)])
def test_cleaning_goes_on_until_nothing_is_found(found: list[int], asked: int) -> None:
    calls = iter(found)
    times = 0

    async def clean() -> int:
        nonlocal times
        times += 1
        return next(calls)

    asyncio.run(cleaned(clean))
    assert times == asked


def test_an_engine_that_cannot_be_cleaned_is_taken_for_dead() -> None:
    async def clean() -> int:
        return 1

    with pytest.raises(EngineDead, match="comes back"):
        asyncio.run(cleaned(clean))


@pytest.mark.parametrize(
    ("answer", "cleanings"),
    [('{"part": "disc"}', 0), ('{"part": "heart"}', 1), ("no JSON", 1), (RequestFailed("no-numbers", "NaN"), 1)],
)
def test_an_engine_is_cleaned_where_its_self_test_fails(answer: str | RequestFailed, cleanings: int) -> None:
    asked = 0

    async def generate(request: ModelRequest) -> ModelAnswer:
        if isinstance(answer, RequestFailed):
            raise answer
        made = (Candidate(text=answer, finish="stop", output_tokens=1),)
        return ModelAnswer(candidates=made, prompt_tokens=1, model="m", model_digest="0", engine="test")

    async def clean() -> int:
        nonlocal asked
        asked += 1
        return 0

    async def work() -> None:
        if cleanings:
            with pytest.raises(SelfTestFailed, match="was not answered"):
                await ask(generate, clean)
        else:
            await ask(generate, clean)

    asyncio.run(work())
    assert asked == cleanings
