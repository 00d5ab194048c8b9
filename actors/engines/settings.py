"""Settings of the engines."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from generation.model import Value

BUNDLED = "bundled"
ZERO = "zero"
OWNER_VARIABLE = "SPINESTREAM_VLLM_OWNER"
"""Tells the processes of a vLLM core who owns it: a process id. Not a setting."""


class EngineSettings(Value):
    """Settings of a vLLM engine, in the process of its owner (`vllm`) or in one of its own (`vllm-async`)."""

    model: str = Field(
        default=BUNDLED,
        min_length=1,
        description="Which model answers: `bundled` (SmolLM2-135M-Instruct), a model folder, or the name of a model "
        "that is already in the local Hugging Face cache; nothing is downloaded.",
    )
    dtype: Literal["bfloat16", "float16", "float32", "auto"] = Field(
        default="bfloat16",
        description="Number format of weights and activations; float32 doubles memory and halves speed. `auto` takes "
        "what the model was saved in, which a quantised one needs.",
    )
    adapter: str = Field(
        default=ZERO,
        description="LoRA adapter that every request is answered with: a folder with adapter_config.json and "
        "adapter_model.safetensors, `zero` (made for the model, changes nothing, keeps the place for a trained one), "
        "or empty for the bare model.",
    )
    max_lora_rank: Literal[8, 16, 32, 64, 128, 256] = Field(
        default=8, description="Rank an adapter may have, at most; a higher one costs memory. No effect without one."
    )
    adapter_targets: tuple[str, ...] = Field(
        default=(),
        description="Last names of the modules (`q_proj`) that adapters taken in later may change; empty: those that "
        "`adapter` changes. More of them cost time with every token.",
    )
    max_model_len: int = Field(
        default=4096,
        ge=256,
        le=1_048_576,
        description="Tokens of prompt and answer together, at most; cut to what the model allows. A longer request is "
        "refused.",
    )
    max_num_seqs: int = Field(
        default=64,
        ge=1,
        le=1024,
        description="Completions computed at the same time; more raise throughput and the time of each, and need more "
        "KV cache.",
    )
    prefix_caching: bool = Field(
        default=True,
        description="Keep the computed beginning of a prompt for the next one that begins the same; off only to "
        "measure what it saves.",
    )
    images_per_request: int = Field(
        default=4,
        ge=0,
        le=64,
        description="Images a request may carry, at most; without effect on a model that reads none.",
    )
    gpu_memory_utilization: float = Field(
        default=0.9, gt=0, le=1, description="Share of a GPU's memory the engine takes; without effect on a CPU."
    )
    tensor_parallel: int = Field(
        default=1, ge=1, le=64, description="GPUs one engine spreads its weights over; 1 on a CPU."
    )
    eager: bool = Field(
        default=False,
        description="Compute step by step instead of by captured CUDA graphs: a faster start, slower answers. A CPU "
        "always does.",
    )
    kv_cache_gib: int = Field(
        default=1,
        ge=1,
        le=1024,
        description="KV cache on a CPU in GiB (46,000 tokens of the bundled model each); without effect on a GPU.",
    )
    omp_threads: int = Field(
        default=1,
        ge=1,
        le=256,
        description="Computing threads on a CPU; more than the free cores makes the engine many times slower.",
    )
    record: Path | None = Field(
        default=None,
        description="File that gets a JSON line for every request handed to vLLM and for every completion, to replay "
        "them. It holds the prompts: for measurements, never beside patients' data.",
    )


class OpenAISettings(Value):
    """Settings of the engine `openai`: servers elsewhere that speak OpenAI's chat API, such as a `vllm serve` fleet."""

    base_urls: tuple[str, ...] = Field(
        default=("http://127.0.0.1:8000/v1",),
        min_length=1,
        description="Addresses of the servers, each with its `/v1`; all serve the same model, requests are spread.",
    )
    model: str = Field(
        default="",
        description="Name of the model, or of an adapter, as the servers list it; empty: the one they all list.",
    )
    api_key_env: str = Field(
        default="SPINESTREAM_ENGINE_KEY",
        description="Environment variable with the key; none is sent when it is not set.",
    )
    api_key_file: Path | None = Field(default=None, description="File with the key; used before the variable.")
    max_num_seqs: int = Field(
        default=64, ge=1, le=4096, description="Completions asked for at the same time, over all servers."
    )
    max_model_len: int = Field(
        default=0,
        ge=0,
        le=10_000_000,
        description="Tokens of prompt and answer together; 0: what the servers say, or 32,768 when they say nothing. "
        "It is told and not enforced: the servers refuse what is too long.",
    )
    reads_images: bool = Field(default=False, description="Whether the model reads images; servers do not tell.")
    images_per_request: int = Field(default=4, ge=0, le=64, description="Images a request may carry, at most.")
    connect_s: float = Field(default=5.0, gt=0, le=60, description="Seconds a server may take to accept a connection.")
    silence_s: float = Field(
        default=90.0,
        gt=0,
        le=3600,
        description="Seconds an answer may pause before the request is asked again; the longest first token and room.",
    )
    tries: int = Field(
        default=5,
        ge=1,
        le=100,
        description="Times a request is asked that servers fail on, while they answer others; then it has failed.",
    )
    dead_s: float = Field(
        default=60.0,
        gt=0,
        le=3600,
        description="The engine counts as dead when every request has failed at every server for this many seconds.",
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
    poison: str = Field(default="", description="The engine dies of every request whose id begins with this.")
    refuse_adapter: str = Field(default="", description="No adapter is loaded whose name begins with this.")
    hang_file: Path | None = Field(
        default=None, description="The engine that finds this file takes it away and starts no request any more."
    )
    call_log: Path | None = Field(
        default=None,
        description="File that gets a line before each request is answered: its id, a tab, seconds since the epoch.",
    )
