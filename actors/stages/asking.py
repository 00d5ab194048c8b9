"""What a piece of work asks its engine, and what that used."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from actors.engines.base import Engine
from actors.stages.watched import asked
from actors.usage import Usage
from generation.requests import ModelAnswer, ModelRequest
from streams.blobs import BlobStore


@dataclass(frozen=True)
class Answered:
    """An answer and how long it took."""

    answer: ModelAnswer
    seconds: float


Ask = Callable[[ModelRequest], Awaitable[Answered]]


class Asking:
    """Asks the engine for one piece of work; the first call was counted together with the work's claim."""

    def __init__(self, engine: Engine, blobs: BlobStore, usage: Usage, stage: str) -> None:
        self._engine = engine
        self._blobs = blobs
        self._usage = usage
        self._stage = stage
        self._asked = False
        self.prompt_tokens = 0
        self.output_tokens = 0

    async def __call__(self, request: ModelRequest) -> Answered:
        """Ask once. Raises what the engine raises."""
        began = time.monotonic()
        images = {address: await self._blobs.get(address) for address in request.images}
        if self._asked:
            await self._usage.called()
        self._asked = True
        with asked(self._engine.card, request, self._stage) as told:
            answer = await self._engine.generate(request, images)
            told(answer)
        self.prompt_tokens += answer.billed_tokens
        self.output_tokens += answer.output_tokens
        return Answered(answer, time.monotonic() - began)
