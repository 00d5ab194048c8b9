"""Settings of the engines."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from generation.model import Value

BUNDLED = "bundled"


class EngineSettings(Value):
    """Settings of a vLLM engine."""

    model: str = Field(
        default=BUNDLED,
        min_length=1,
        description="Which model answers: `bundled` (SmolLM2-135M-Instruct), a model folder, or the name of a model "
        "that is already in the local Hugging Face cache; nothing is downloaded.",
    )
    dtype: Literal["bfloat16", "float16", "float32", "auto"] = Field(
        default="bfloat16",
        description="Number format of weights and activations; float32 doubles memory and halves speed.",
    )
    max_model_len: int = Field(
        default=4096,
        ge=256,
        le=1_048_576,
        description="Tokens of prompt and answer together, at most; cut to what the model allows. A longer request is "
        "refused.",
    )
    max_num_seqs: int = Field(
        default=32,
        ge=1,
        le=1024,
        description="Completions computed at the same time; more raise throughput and the time of each, and need more "
        "KV cache.",
    )
    gpu_memory_utilization: float = Field(
        default=0.9, gt=0, le=1, description="Share of a GPU's memory the engine takes; without effect on a CPU."
    )
    kv_cache_gib: int = Field(
        default=1,
        ge=1,
        le=1024,
        description="KV cache on a CPU in GiB (46,000 tokens of the bundled model each); without effect on a GPU.",
    )
    tensor_parallel: int = Field(
        default=1, ge=1, le=64, description="GPUs one engine spreads its weights over; 1 on a CPU."
    )
    omp_threads: int = Field(
        default=1,
        ge=1,
        le=256,
        description="Computing threads on a CPU; more than the free cores makes the engine many times slower.",
    )


class ScriptedSettings(Value):
    """Settings of the scripted engine, which is for tests only."""

    latency_s: float = Field(default=0.0, ge=0, le=3600, description="Seconds every request takes once it runs.")
    max_num_seqs: int = Field(default=32, ge=1, le=4096, description="Requests that run at the same time; others wait.")
    max_model_len: int = Field(
        default=4096,
        ge=1,
        le=1_048_576,
        description="Tokens (of four characters) of prompt and answer together, at most.",
    )
    die_after: int | None = Field(
        default=None, ge=0, description="The engine dies at the request after this many; None: it does not."
    )
    call_log: Path | None = Field(
        default=None, description="File that gets one line with the request's id before each request is answered."
    )
