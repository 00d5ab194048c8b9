"""When vLLM's output handler ends, every request is told the same: that is the engine's end and nobody's fault."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from typing import Any

import pytest
from engine_contract import make

from actors.engines.errors import EngineDead, RequestFailed
from actors.engines.meter import Flight, Meter

pytest.importorskip("vllm")

from vllm.v1.engine.exceptions import EngineGenerateError

from actors.engines.vllm_async import AsyncVllmEngine


class Llm:
    """Fails on every request, with its output handler there or gone."""

    def __init__(self, *, errored: bool) -> None:
        self.errored = errored

    async def generate(self, *_: Any, **__: Any) -> AsyncIterator[Any]:
        raise EngineGenerateError from ValueError("a part of a prompt")
        yield


class Anything:
    lora = None

    def vllm_input(self) -> None:
        return None


@pytest.mark.parametrize(("errored", "kind"), [(True, EngineDead), (False, RequestFailed)])
def test_it_is_the_engine_that_died_and_not_the_request_that_is_wrong(errored: bool, kind: type[Exception]) -> None:
    engine = object.__new__(AsyncVllmEngine)
    engine._llm, engine._numbers, engine._refusals = Llm(errored=errored), itertools.count(), ()
    engine._dead, engine._requests = None, set()
    anything: Any = Anything()

    async def work() -> None:
        await engine._one(anything, make("one"), anything, 0, None, Flight(Meter()))

    with pytest.raises(kind) as caught:
        asyncio.run(work())
    assert "part of a prompt" not in str(caught.value)
    assert (engine._dead is not None) is errored
