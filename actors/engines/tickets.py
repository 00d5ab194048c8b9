"""One request in flight in a stepped engine: what it has made so far, and who waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from actors.engines.errors import EngineError
from actors.engines.prompt import Prompt
from actors.engines.record import Record
from generation.requests import Candidate, ModelRequest


class Ticket:
    """A request's candidates while they are made; owned by the stepping thread once it is submitted."""

    def __init__(
        self, request: ModelRequest, number: int, prompt: Prompt, params: Sequence[Any], lora: Any, record: Record
    ) -> None:
        """`number` is never used twice; `params` are vLLM's, one a candidate; `lora` is its adapter as vLLM
        knows it, or None; it stays the same whatever the engine uses by then."""
        self.request_id = request.id
        self.turn = request.turn
        self.input = prompt.vllm_input()
        self.params = params
        self.lora = lora
        self.keys = [f"{number}-{index}" for index in range(len(params))]
        """Names of the candidates inside the engine; never used twice."""
        self.started = False
        """Whether a token was made."""
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[tuple[Candidate, ...]] = self.loop.create_future()
        self._seed = request.seed
        self._record = record
        self._texts: list[list[str]] = [[] for _ in params]
        self._tokens = [0] * len(params)
        self._finishes: list[str | None] = [None] * len(params)

    def add(self, key: str, text: str, tokens: int, finish: str | None) -> None:
        """Add what one step made of one candidate."""
        index = int(key.rpartition("-")[2])
        self._texts[index].append(text)
        self._tokens[index] += tokens
        self._finishes[index] = finish
        if finish is not None:
            self._record.made(self.request_id, self._seed + index, self._tokens[index], finish)

    def begun(self, key: str) -> bool:
        """Return whether a token of a candidate was made."""
        return self._tokens[int(key.rpartition("-")[2])] > 0

    def finished(self) -> tuple[Candidate, ...] | None:
        """Return the candidates in order once all are finished, else None."""
        if None in self._finishes:
            return None
        return tuple(
            Candidate(text="".join(texts), finish=finish or "", output_tokens=tokens)
            for texts, finish, tokens in zip(self._texts, self._finishes, self._tokens, strict=True)
        )

    def settle(self, outcome: tuple[Candidate, ...] | EngineError) -> None:
        """Give the outcome to the caller; called on its event loop. A caller that went away is passed over."""
        if self.future.done():
            return
        if isinstance(outcome, EngineError):
            self.future.set_exception(outcome)
        else:
            self.future.set_result(outcome)
