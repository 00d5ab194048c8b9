"""The registry as the gate sees it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from streams.events import Event
from streams.model_payloads import AdapterRef
from training.adapter_record import BARE, candidate_event
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

    async def check(self, adapter: AdapterRef) -> None:
        """Raise NotPromotable where an adapter may not become the champion."""
        await self._registry.check(adapter)

    async def promote(self, adapter: AdapterRef, *, instead_of: str, who: str, why: str) -> None:
        """Make an adapter the champion; raises NotPromotable where it may not be."""
        once = f"{adapter.name}|{who}|{why}"
        await self._registry.promote(adapter, who=who, why=why, once=once, instead_of=instead_of)
        await self._send()

    async def again(self, adapter: AdapterRef) -> Event:
        """Return the event that has an adapter scored beside who is the champion now; raises AdapterUnknown."""
        record, live = await self._registry.get(adapter.name), await self._registry.champion()
        return candidate_event(record.model_copy(update={"champion": live}), f"beside {live.name if live else BARE}")
