"""An engine on vLLM whose core runs in a process of its own: for GPUs, and for boxes with cores to spare.

Rendering prompts, unpacking images and reading answers then take nothing from the computing process. The process ends
with this one, however this one ends (`vllm_worker.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
from collections.abc import AsyncGenerator, Mapping
from functools import partial
from typing import Any

from pydantic import ValidationError

from actors.engines.base import NO_IMAGES, EngineCard
from actors.engines.client import ClientEngine
from actors.engines.errors import EngineNotUsable, RequestFailed
from actors.engines.meter import Flight
from actors.engines.prompt import Prompt
from actors.engines.settings import EngineSettings
from actors.engines.vllm_model import VllmModel, refusal, refusals, sampling
from generation.requests import Candidate, ModelAnswer, ModelRequest

SHUTDOWN_S = 10.0


def open_engine(settings: Mapping[str, object]) -> AsyncVllmEngine:
    """Load the engine of the given settings (`EngineSettings`); blocks until it is ready."""
    try:
        return AsyncVllmEngine(EngineSettings.model_validate(dict(settings)))
    except ValidationError as error:
        raise EngineNotUsable(f"settings of the engine `vllm-async`: {error}") from error


class AsyncVllmEngine(ClientEngine):
    """A client of vLLM's `AsyncLLM`; `generate` may be called from any number of event loops."""

    def __init__(self, settings: EngineSettings) -> None:
        """Start the process and load the model; blocks until the engine is ready.

        Raises:
            EngineNotUsable: no such model, or vLLM refuses the settings.
        """
        self._model = VllmModel(settings, own_process=True)
        self._numbers = itertools.count()
        self._refusals = refusals()
        super().__init__()
        try:
            self._llm: Any = self._thread.run(_load(self._model))
        except Exception as error:
            self._thread.stop()
            raise EngineNotUsable(
                f"vLLM does not start with {self._model.name}: {type(error).__name__}: {error}"
            ) from error

    @property
    def card(self) -> EngineCard:
        """What answers."""
        return self._model.card

    async def generate(self, request: ModelRequest, images: Mapping[str, bytes] = NO_IMAGES) -> ModelAnswer:
        """Answer a request; see `Engine.generate`."""
        self._check_alive()
        prompt = self._model.prompt(request, images)
        params = sampling(request)
        writers = [partial(self._one, request, prompt, index, each) for index, each in enumerate(params)]
        return self._model.answer(await self._write(writers), prompt)

    async def _end_client(self) -> None:
        with contextlib.suppress(Exception):  # a core that died is shut already
            await asyncio.to_thread(self._llm.shutdown, SHUTDOWN_S)
        self._llm = None  # its finaliser would find half of vLLM gone at the end of the process
        self._model.record.close()

    async def _one(self, request: ModelRequest, prompt: Prompt, index: int, params: Any, flight: Flight) -> Candidate:
        from vllm.v1.engine.exceptions import EngineDeadError, EngineGenerateError

        stream = self._llm.generate(
            prompt.vllm_input(), params, str(next(self._numbers)), lora_request=self._model.lora, priority=request.turn
        )
        try:
            candidate = await _read(flight, stream)
        except EngineDeadError as error:
            raise self._die("the engine's process ended") from error
        except EngineGenerateError as error:
            cause = error.__cause__
            if isinstance(cause, self._refusals):
                raise refusal(request.id, cause) from error
            raise RequestFailed("bad-request", f"{request.id}: vLLM failed on it: {type(cause).__name__}") from error
        except self._refusals as error:
            raise refusal(request.id, error) from error
        self._model.record.made(request.id, request.seed + index, candidate.output_tokens, candidate.finish)
        if candidate.finish not in ("stop", "length"):  # the grammar was not compiled, or left the model no token
            raise RequestFailed("bad-schema", f"{request.id}: the engine ended it with `{candidate.finish}`")
        return candidate


async def _read(flight: Flight, stream: AsyncGenerator[Any, None]) -> Candidate:
    """Put together what comes of one candidate."""
    texts: list[str] = []
    tokens, finish = 0, ""
    try:
        async for output in stream:
            new = output.outputs[0]
            if new.token_ids and not tokens:
                flight.meter.computing(+1)
                flight.meter.prompted(len(output.prompt_token_ids or ()), output.num_cached_tokens or 0)
            tokens += len(new.token_ids)
            texts.append(new.text)
            flight.made(len(new.token_ids))
            finish = str(new.finish_reason)
    finally:
        if tokens:
            flight.meter.computing(-1)
    return Candidate(text="".join(texts), finish=finish, output_tokens=tokens)


async def _load(model: VllmModel) -> Any:
    from vllm.engine.arg_utils import AsyncEngineArgs
    from vllm.v1.engine.async_llm import AsyncLLM

    llm = AsyncLLM.from_engine_args(AsyncEngineArgs(**model.arguments()))
    random.seed()  # vLLM seeds the whole process with 0: every replica would draw the same jitter
    return llm
