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

from actors.engines.adapters import Adapter
from actors.engines.base import NO_IMAGES, EngineCard
from actors.engines.client import ClientEngine
from actors.engines.errors import EngineNotUsable, RequestFailed
from actors.engines.meter import Flight
from actors.engines.prompt import Prompt
from actors.engines.self_test import ask
from actors.engines.settings import EngineSettings
from actors.engines.shelf import Held, Shelf
from actors.engines.vllm_model import CLEAN, VllmModel, check_numbers, refusal, refusals, sampling
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
        self._shelf = Shelf(self._model.adapters.held(self._model.adapters.first), self._remove)
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
        with self._shelf.taken() as held:
            return await self._answer(held, request, images)

    async def self_test(self, adapter: str | None = None) -> None:
        """Answer a tiny request; see `Engine.self_test`."""
        with self._shelf.taken(adapter) as held:
            await ask(partial(self._answer, held, watched=True), self.clean)

    async def clean(self) -> int:
        """Take out of the engine's memory what is no number; returns how many there were."""
        return sum(await self._thread.call(self._llm.collective_rpc(CLEAN)))

    async def load(self, adapter: Adapter | None) -> str:
        """Take in an adapter beside the one that answers; see `Engine.load`."""
        self._check_alive()

        async def add(held: Held) -> None:
            await self._thread.call(self._add(held))

        return await self._model.adapters.load(adapter, self._shelf, self._model.card.model_digest, add)

    async def use(self, name: str) -> None:
        """Answer with a loaded adapter from now on; see `Engine.use`."""
        self._shelf.use(name)
        self._model.use(self._shelf.answering)

    async def _answer(
        self, held: Held, request: ModelRequest, images: Mapping[str, bytes] = NO_IMAGES, *, watched: bool = False
    ) -> ModelAnswer:
        self._check_alive()
        prompt = self._model.prompt(request, images, held)
        params = sampling(request, watched=watched)
        writers = [partial(self._one, held, request, prompt, index, each) for index, each in enumerate(params)]
        return self._model.answer(await self._write(writers), prompt, held)

    async def _add(self, held: Held) -> None:
        """Have vLLM load an adapter; one that it fails on half-way is taken out again. Runs on the client's loop."""
        from vllm.v1.engine.exceptions import EngineDeadError

        try:
            await self._llm.add_lora(held.lora)
        except EngineDeadError as error:
            raise self._die("the engine's process ended") from error
        except Exception:
            await self._llm.remove_lora(held.lora.lora_int_id)
            raise

    def _remove(self, held: Held) -> None:
        """Take an adapter out that no request uses any more."""
        if self._dead is None:
            self._thread.post(self._llm.remove_lora(held.lora.lora_int_id))

    async def _end_client(self) -> None:
        with contextlib.suppress(Exception):  # a core that died is shut already
            await asyncio.to_thread(self._llm.shutdown, SHUTDOWN_S)
        self._llm = None  # its finaliser would find half of vLLM gone at the end of the process
        self._model.record.close()

    async def _one(
        self, held: Held, request: ModelRequest, prompt: Prompt, index: int, params: Any, flight: Flight
    ) -> Candidate:
        from vllm.v1.engine.exceptions import EngineDeadError, EngineGenerateError

        stream = self._llm.generate(
            prompt.vllm_input(), params, str(next(self._numbers)), lora_request=held.lora, priority=request.turn
        )
        try:
            candidate = await _read(request.id, flight, stream)
        except EngineDeadError as error:
            raise self._die("the engine's process ended") from error
        except EngineGenerateError as error:
            if self._llm is None or self._llm.errored:
                raise self._die("vLLM stopped handing answers out") from error
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


async def _read(request_id: str, flight: Flight, stream: AsyncGenerator[Any, None]) -> Candidate:
    """Put together what comes of one candidate; raises RequestFailed where it is watched and computes no numbers."""
    texts: list[str] = []
    tokens, finish = 0, ""
    try:
        # Closed at once: one that is let go is computed further until it is collected.
        async with contextlib.aclosing(stream):
            async for output in stream:
                new = output.outputs[0]
                check_numbers(request_id, new.logprobs)
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
