"""The registry as the gate sees it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from streams.model_payloads import AdapterRef
from training.registry import Registry


class GatePromoter:
    """Promotes for the gate: what it was told once it does once, also where somebody went back since.

    It is a `training.gate.Promoter`.
    """

    def __init__(self, registry: Registry, send: Callable[[], Awaitable[object]]) -> None:
        """`send` sends the events of promotions that are marked unsent."""
        self._registry = registry
        self._send = send

    async def champion(self) -> str:
        """Return the name of the adapter that is live; empty for the bare model."""
        live = await self._registry.champion()
        return live.name if live else ""

    async def promote(self, adapter: AdapterRef, *, who: str, why: str) -> None:
        """Make an adapter the champion; raises NotPromotable where it may not be."""
        await self._registry.promote(adapter, who=who, why=why, once=f"{adapter.name}|{who}|{why}")
        await self._send()
