"""What the engines were asked, counted in Redis: calls before they are made, tokens after. Lost calls count too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

KEY = "spinestream:usage"


@dataclass(frozen=True, slots=True)
class Used:
    """Totals of a work folder since it was made."""

    calls: int = 0
    prompt_tokens: int = 0
    output_tokens: int = 0

    def since(self, earlier: Used) -> Used:
        """Return what was used after `earlier`."""
        return Used(
            self.calls - earlier.calls,
            self.prompt_tokens - earlier.prompt_tokens,
            self.output_tokens - earlier.output_tokens,
        )


class Usage:
    """Counters over an asyncio Redis client."""

    def __init__(self, redis: Any) -> None:
        self._redis = redis

    async def called(self, calls: int = 1) -> None:
        """A request is about to be handed to an engine."""
        await self._redis.hincrby(KEY, "calls", calls)

    async def answered(self, prompt_tokens: int, output_tokens: int) -> None:
        """A request was answered."""
        pipe = self._redis.pipeline(transaction=False)
        pipe.hincrby(KEY, "prompt_tokens", prompt_tokens)
        pipe.hincrby(KEY, "output_tokens", output_tokens)
        await pipe.execute()

    async def used(self) -> Used:
        """Return the totals."""
        found = await self._redis.hgetall(KEY)
        values = {(k.decode() if isinstance(k, bytes) else k): int(v) for k, v in found.items()}
        return Used(**{name: values.get(name, 0) for name in ("calls", "prompt_tokens", "output_tokens")})
