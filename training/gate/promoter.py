"""What the gate needs of the registry of adapters."""

from __future__ import annotations

from typing import Protocol

from streams.model_payloads import AdapterRef


class Promoter(Protocol):
    """Knows the champion, and can make another one of it."""

    async def champion(self) -> str:
        """Return the name of the adapter that is live; empty for the bare model."""
        ...

    async def promote(self, adapter: AdapterRef, *, who: str, why: str) -> None:
        """Make an adapter the champion; nothing more happens where it is already. Raises
        `training.errors.NotPromotable` where it may not be."""
        ...
