"""What the gate needs of the registry of adapters."""

from __future__ import annotations

from typing import Protocol

from streams.events import Event
from streams.model_payloads import AdapterRef


class Promoter(Protocol):
    """Knows the champion, and can make another one of it."""

    async def champion(self) -> str:
        """Return the name of the adapter that is live; empty for the bare model."""
        ...

    async def check(self, adapter: AdapterRef) -> None:
        """Raise `training.errors.NotPromotable` where an adapter may not become the champion."""
        ...

    async def promote(self, adapter: AdapterRef, *, instead_of: str, who: str, why: str) -> None:
        """Make an adapter the champion; nothing more happens where it is already. Raises
        `training.errors.NotPromotable` where it may not be, or another than `instead_of` is the champion."""
        ...

    async def again(self, adapter: AdapterRef) -> Event:
        """Return the event that has an adapter scored beside who is the champion now; one event for a champion.

        Raises `training.errors.AdapterUnknown`.
        """
        ...
