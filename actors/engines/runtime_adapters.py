"""Has servers elsewhere load an adapter while they run, by vLLM's `/v1/load_lora_adapter`."""

from __future__ import annotations

from collections.abc import Sequence

import httpx

from actors.engines.adapters import Adapter
from actors.engines.errors import EngineNotUsable

HOW = "start vLLM's server with --enable-lora and VLLM_ALLOW_RUNTIME_LORA_UPDATING=1"
THERE = "already been loaded"
"""Of vLLM's words for an adapter that it has: by its name, which carries its digest."""


async def load_everywhere(http: httpx.AsyncClient, urls: Sequence[str], adapter: Adapter) -> None:
    """Have every server (`…/v1`) load an adapter from its folder, which the server has to see under the same path.

    Raises:
        EngineNotUsable: a server does not take it, or takes none in at run time.
        ConnectionError: a server is away.
    """
    for url in urls:
        wanted = {"lora_name": adapter.name, "lora_path": str(adapter.folder.resolve())}
        try:
            response = await http.post(f"{url.rstrip('/')}/load_lora_adapter", json=wanted)
        except httpx.TransportError as error:
            raise ConnectionError(f"{url} does not answer ({type(error).__name__}): {adapter.name} waits") from error
        if response.status_code in (404, 405):
            raise EngineNotUsable(f"{url} takes in no adapters at run time: {HOW}")
        if response.is_error and THERE not in response.text:
            raise EngineNotUsable(
                f"{url} does not load adapter {adapter.name} (status {response.status_code}): does the server see "
                f"{wanted['lora_path']}, and does its --max-lora-rank allow rank {adapter.rank}?"
            )
