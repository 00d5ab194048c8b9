"""An engine on vLLM, in this process: it lives and dies with its owner."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import itertools
import random
from collections.abc import Mapping
from functools import partial
from typing import Any

from pydantic import ValidationError

from actors.engines.adapters import Adapter
from actors.engines.base import NO_IMAGES, EngineCard, EngineProgress
from actors.engines.errors import EngineDead, EngineNotUsable
from actors.engines.meter import Meter
from actors.engines.self_test import ask
from actors.engines.settings import EngineSettings
from actors.engines.shelf import Held, Shelf
from actors.engines.stepper import Stepper
from actors.engines.tickets import Ticket
from actors.engines.vllm_model import CLEAN, VllmModel, sampling
from generation.requests import ModelAnswer, ModelRequest

CLOSE_WITHIN_S = 30.0


def open_engine(settings: Mapping[str, object]) -> VllmEngine:
    """Load the engine of the given settings (`EngineSettings`); blocks for 10 to 30 s."""
    try:
        return VllmEngine(EngineSettings.model_validate(dict(settings)))
    except ValidationError as error:
        raise EngineNotUsable(f"settings of the engine `vllm`: {error}") from error


class VllmEngine:
    """A vLLM engine stepped by one thread; `generate` may be called from any number of event loops."""

    def __init__(self, settings: EngineSettings) -> None:
        """Load the model; blocks until the engine is ready.

        Raises:
            EngineNotUsable: no such model, or vLLM refuses the settings.
        """
        self._model = VllmModel(settings, own_process=False)
        self._meter = Meter()
        self._numbers = itertools.count()
        self._shelf = Shelf(self._model.adapters.held(self._model.adapters.first), self._remove)
        self._stepper = Stepper(partial(_load, self._model, settings.omp_threads), _release, self._meter)
        try:
            self._stepper.start()
        except Exception as error:
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

    def progress(self) -> EngineProgress:
        """Return what has been done until now; callable from any thread."""
        return self._meter.read()

    async def self_test(self, adapter: str | None = None) -> None:
        """Answer a tiny request; see `Engine.self_test`."""
        with self._shelf.taken(adapter) as held:
            await ask(partial(self._answer, held, watched=True), self.clean)

    async def clean(self) -> int:
        """Take out of the engine's memory what is no number; returns how many there were."""
        counted = await asyncio.wrap_future(self._stepper.order(lambda engine: engine.collective_rpc(CLEAN)))
        return sum(counted)

    async def load(self, adapter: Adapter | None) -> str:
        """Take in an adapter beside the one that answers; see `Engine.load`."""
        self._stepper.check_alive()

        async def add(held: Held) -> None:
            await asyncio.wrap_future(self._stepper.order(partial(_add, held=held)))

        return await self._model.adapters.load(adapter, self._shelf, self._model.card.model_digest, add)

    async def use(self, name: str) -> None:
        """Answer with a loaded adapter from now on; see `Engine.use`."""
        self._shelf.use(name)
        self._model.use(self._shelf.answering)

    async def close(self) -> None:
        """Stop the thread after the step that runs and give back the memory."""
        await asyncio.to_thread(self._stepper.stop, CLOSE_WITHIN_S)
        self._model.record.close()

    async def _answer(
        self, held: Held, request: ModelRequest, images: Mapping[str, bytes] = NO_IMAGES, *, watched: bool = False
    ) -> ModelAnswer:
        self._stepper.check_alive()
        prompt = self._model.prompt(request, images, held)
        ticket = Ticket(
            request, next(self._numbers), prompt, sampling(request, watched=watched), held.lora, self._model.record
        )
        self._stepper.submit(ticket)
        try:
            candidates = await ticket.future
        except asyncio.CancelledError:
            self._stepper.cancel(ticket)
            raise
        return self._model.answer(candidates, prompt, held)

    def _remove(self, held: Held) -> None:
        """Take an adapter out that no request uses any more; a dead engine holds none."""
        with contextlib.suppress(EngineDead):
            self._stepper.order(lambda engine: engine.remove_lora(held.lora.lora_int_id))


def _add(engine: Any, held: Held) -> None:
    """Have vLLM load an adapter; one that it fails on half-way is taken out again."""
    try:
        engine.add_lora(held.lora)
    except BaseException:
        engine.remove_lora(held.lora.lora_int_id)
        raise


def _load(model: VllmModel, omp_threads: int) -> Any:
    """Build the `LLMEngine`; runs in the thread that will step it."""
    import torch
    from vllm.engine.arg_utils import EngineArgs
    from vllm.v1.engine.llm_engine import LLMEngine

    torch.set_num_threads(omp_threads)
    engine = LLMEngine.from_engine_args(EngineArgs(**model.arguments()))
    random.seed()  # vLLM seeds the whole process with 0: every replica would draw the same jitter
    return engine


def _release(llm: Any) -> None:
    """Give back what the engine holds, so that another one may be loaded in this process."""
    from vllm.distributed.parallel_state import cleanup_dist_env_and_memory

    llm.engine_core.shutdown()
    cleanup_dist_env_and_memory()
    gc.collect()
