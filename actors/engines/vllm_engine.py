"""An engine on vLLM, in this process.

Three settings are not free. Chunked prefill is off, because a seeded request whose prefill is split kills vLLM on a
CPU; so the token budget of a step must hold the longest prompt. White space between JSON tokens is off for the whole
engine (the same flag on a request is ignored), because a model may otherwise fill its answer with it. And V1
multiprocessing is off, so that the engine lives and dies with its owner.
"""

from __future__ import annotations

import asyncio
import gc
import importlib.metadata
import itertools
import os
import random
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from pydantic import ValidationError

from actors.engines.base import EngineCard, EngineProgress
from actors.engines.errors import EngineNotUsable, RequestFailed
from actors.engines.meter import Meter
from actors.engines.prompt import PromptRenderer
from actors.engines.self_test import ask
from actors.engines.settings import BUNDLED, EngineSettings
from actors.engines.stepper import Stepper
from actors.engines.tickets import Ticket
from actors.engines.weights import weights_digest
from generation.requests import ModelAnswer, ModelRequest

STEP_TOKENS = 8192
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
        prepare_process(settings)
        name, folder = locate(settings.model)
        self._meter = Meter()
        self._numbers = itertools.count()
        self._stepper = Stepper(partial(_load, settings, folder), _release, self._meter)
        try:
            llm = self._stepper.start()
        except Exception as error:
            raise EngineNotUsable(f"vLLM does not start with {name}: {type(error).__name__}: {error}") from error
        max_model_len = int(llm.model_config.max_model_len)
        self._prompts = PromptRenderer(folder, max_model_len)
        self._card = EngineCard(
            engine=_software(),
            model=name,
            model_digest=weights_digest(folder),
            adapter=None,
            max_model_len=max_model_len,
            max_num_seqs=settings.max_num_seqs,
            reads_images=False,
        )

    @property
    def card(self) -> EngineCard:
        """What answers."""
        return self._card

    async def generate(self, request: ModelRequest) -> ModelAnswer:
        """Answer a request; see `Engine.generate`."""
        self._stepper.check_alive()
        prompt = self._prompts.tokens(request)
        ticket = Ticket(request.id, next(self._numbers), prompt, _sampling(request))
        self._stepper.submit(ticket)
        try:
            candidates = await ticket.future
        except asyncio.CancelledError:
            self._stepper.cancel(ticket)
            raise
        return ModelAnswer(
            candidates=candidates,
            prompt_tokens=len(prompt),
            model=self._card.model,
            model_digest=self._card.model_digest,
            adapter=self._card.adapter,
            engine=self._card.engine,
        )

    def progress(self) -> EngineProgress:
        """Return what has been done until now; callable from any thread."""
        return self._meter.read()

    async def self_test(self) -> None:
        """Answer a tiny request; raise `EngineDead` when that fails."""
        await ask(self)

    async def close(self) -> None:
        """Stop the thread after the step that runs and give back the memory."""
        await asyncio.to_thread(self._stepper.stop, CLOSE_WITHIN_S)


def prepare_process(settings: EngineSettings) -> None:
    """Set what vLLM and OpenMP read from the environment; call it before torch is imported."""
    os.environ.update(
        OMP_NUM_THREADS=str(settings.omp_threads),
        VLLM_CPU_KVCACHE_SPACE=str(settings.kv_cache_gib),
        VLLM_CPU_OMP_THREADS_BIND="nobind",
        VLLM_ENABLE_V1_MULTIPROCESSING="0",
        VLLM_NO_USAGE_STATS="1",
    )
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")
    os.environ.setdefault("VLLM_LOGGING_STREAM", "ext://sys.stderr")  # stdout is for results


def locate(model: str) -> tuple[str, Path]:
    """Return the name and the folder of a model that is on this machine.

    Raises:
        EngineNotUsable: it is not.
    """
    if model == BUNDLED:
        from actors.engines.small_model import NAME, prepare

        return NAME, prepare()
    if (folder := Path(model)).is_dir():
        return folder.resolve().name, folder
    from huggingface_hub import snapshot_download

    try:
        return model, Path(snapshot_download(model, local_files_only=True))
    except Exception as error:
        raise EngineNotUsable(
            f"model {model!r} is neither a folder nor in the local Hugging Face cache: download it first"
        ) from error


def _load(settings: EngineSettings, folder: Path) -> Any:
    """Build the `LLMEngine`; runs in the thread that will step it."""
    import torch
    from transformers import AutoConfig
    from vllm.engine.arg_utils import EngineArgs
    from vllm.v1.engine.llm_engine import LLMEngine

    torch.set_num_threads(settings.omp_threads)
    allowed = getattr(AutoConfig.from_pretrained(folder).get_text_config(), "max_position_embeddings", None)
    max_model_len = min(settings.max_model_len, allowed or settings.max_model_len)
    arguments = EngineArgs(
        model=str(folder),
        dtype=settings.dtype,
        max_model_len=max_model_len,
        max_num_seqs=settings.max_num_seqs,
        max_num_batched_tokens=max(STEP_TOKENS, max_model_len),
        enable_chunked_prefill=False,
        enable_prefix_caching=True,
        enforce_eager=True,
        gpu_memory_utilization=settings.gpu_memory_utilization,
        tensor_parallel_size=settings.tensor_parallel,
        distributed_executor_backend="uni" if settings.tensor_parallel == 1 else "mp",
        structured_outputs_config={"backend": "xgrammar", "disable_any_whitespace": True},
        generation_config="vllm",
        disable_log_stats=True,
    )
    engine = LLMEngine.from_engine_args(arguments)
    random.seed()  # vLLM seeds the whole process with 0: every replica would draw the same jitter
    return engine


def _release(llm: Any) -> None:
    """Give back what the engine holds, so that another one may be loaded in this process."""
    from vllm.distributed.parallel_state import cleanup_dist_env_and_memory

    llm.engine_core.shutdown()
    cleanup_dist_env_and_memory()
    gc.collect()


def _sampling(request: ModelRequest) -> list[Any]:
    """Return vLLM's sampling parameters of each candidate."""
    from vllm.sampling_params import RequestOutputKind, SamplingParams, StructuredOutputsParams

    schema = orjson.dumps(request.answer_schema).decode()
    try:
        return [
            SamplingParams(
                temperature=request.temperature,
                top_p=request.top_p,
                max_tokens=request.max_tokens,
                seed=request.seed + index,
                structured_outputs=StructuredOutputsParams(json=schema),
                output_kind=RequestOutputKind.DELTA,
            )
            for index in range(request.candidates)
        ]
    except ValueError as error:
        raise RequestFailed("bad-request", f"{request.id}: {error}") from error


def _software() -> str:
    """Return name and version of the vLLM that is installed."""
    for package in ("vllm-cpu", "vllm"):
        try:
            return f"{package} {importlib.metadata.version(package)}"
        except importlib.metadata.PackageNotFoundError:
            continue
    raise EngineNotUsable("neither vllm-cpu nor vllm is installed")
