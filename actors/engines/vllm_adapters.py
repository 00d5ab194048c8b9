"""The adapters of a vLLM engine: which it starts with, which it may take in later, and how vLLM is told of them.

Rank and modules are fixed when the engine starts (`max_lora_rank`, `adapter_targets`); what does not fit is refused.
vLLM knows an adapter by a number that is never used twice; names carry digests, by which the prefix cache tells them
apart.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from actors.engines.adapter_check import check_adapter, check_fits, matrices_of
from actors.engines.adapters import Adapter, find_adapter, read_adapter, zero_adapter
from actors.engines.errors import EngineDead, EngineNotUsable
from actors.engines.settings import EngineSettings
from actors.engines.shelf import Held, Shelf

AT_ONCE = 2
"""Adapters in an engine at a time: the one that answers, and in a swap the one that comes or goes."""


class VllmAdapters:
    """What a model folder may be served with."""

    def __init__(self, settings: EngineSettings, model: Path) -> None:
        """Find the adapter of the settings.

        Raises:
            EngineNotUsable: there is no such adapter, or its rank is too high.
        """
        self._settings = settings
        self._model = model
        self._numbers = itertools.count(1)
        self.first = find_adapter(settings.adapter, model)
        if self.first is not None and self.first.rank > settings.max_lora_rank:
            raise EngineNotUsable(
                f"adapter {self.first.name} has rank {self.first.rank}: raise max_lora_rank above "
                f"{settings.max_lora_rank}"
            )

    @property
    def served(self) -> tuple[str, ...] | None:
        """Last names of the modules that adapters may change; None: any."""
        return self._settings.adapter_targets or (self.first.targets if self.first else None)

    def arguments(self) -> dict[str, Any]:
        """Return what vLLM needs to know to serve adapters; modules that none changes are left as they are."""
        if self.first is None:
            return {}
        return {
            "enable_lora": True,
            "max_loras": AT_ONCE,
            "max_lora_rank": self._settings.max_lora_rank,
            "lora_target_modules": None if self.served is None else list(self.served),
        }

    def held(self, adapter: Adapter | None) -> Held:
        """Return an adapter as the engine will hold it; None for no adapter at all."""
        if adapter is None:
            return Held("")
        from vllm.lora.request import LoRARequest

        number = next(self._numbers)
        return Held(adapter.name, LoRARequest(adapter.name, number, str(adapter.folder)))

    def meant(self, adapter: Adapter | None) -> Adapter | None:
        """Return what is to be loaded for an adapter; for None that of zeros, and None where there is only the model.

        Raises:
            EngineNotUsable: the engine serves no adapters, or the model can have none of zeros.
        """
        if self.first is not None:
            return adapter or read_adapter(zero_adapter(self._model))
        if adapter is not None:
            raise EngineNotUsable(
                f"adapter {adapter.name} cannot be loaded: the engine serves the bare model; start it with one (`zero`)"
            )
        return None

    def check(self, adapter: Adapter, model_digest: str) -> None:
        """Look whether the engine can serve an adapter; reads its weights.

        Raises:
            EngineNotUsable: it is broken, was made for another model, or does not fit.
        """
        if adapter.model_digest and adapter.model_digest != model_digest:
            raise EngineNotUsable(
                f"adapter {adapter.name} was made for {adapter.model} ({adapter.model_digest[:12]}), and this engine "
                f"serves weights {model_digest[:12]}"
            )
        rank = self._settings.max_lora_rank
        check_fits(adapter, check_adapter(adapter), matrices_of(self._model), self.served, rank)

    async def load(
        self, adapter: Adapter | None, shelf: Shelf, model_digest: str, add: Callable[[Held], Awaitable[None]]
    ) -> str:
        """Load an adapter as `Engine.load` does; `add` hands it to the engine and raises what vLLM raises."""
        wanted = await asyncio.to_thread(self.meant, adapter)
        if wanted is None or shelf.keep(wanted.name):
            return wanted.name if wanted else ""
        if adapter is not None:  # the one of zeros is made here, for this model
            await asyncio.to_thread(self.check, adapter, model_digest)
        await shelf.make_room()
        held = self.held(wanted)
        try:
            await add(held)
        except EngineDead:
            raise
        except Exception as error:
            raise EngineNotUsable(f"vLLM refuses adapter {held.name}: {type(error).__name__}: {error}") from error
        shelf.put(held)
        return held.name
