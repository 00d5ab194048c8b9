"""What a fleet of servers says of the model it serves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import orjson

from actors.engines.base import EngineCard
from actors.engines.errors import EngineNotUsable, ServersAway
from actors.engines.random_vlm import is_random
from actors.engines.settings import OpenAISettings
from generation.ids import digest

SOFTWARE = "openai-compatible"
UNTOLD_MODEL_LEN = 32_768


@dataclass(frozen=True)
class Served:
    """One model or adapter of one server."""

    name: str
    root: str
    """Where the server has it from."""
    parent: str
    """The model that an adapter changes; empty for a model."""
    parent_root: str
    version: str
    """Of the server's software; empty when it does not say."""
    max_model_len: int
    """0: the server does not say."""


def find_model(settings: OpenAISettings, headers: dict[str, str]) -> tuple[EngineCard, str]:
    """Ask every server what it serves; return the card and the name to ask for. Blocks.

    Servers that do not answer now are passed over: they may come back.

    Raises:
        ServersAway: none answers.
        EngineNotUsable: the model is not there or not clear, or servers differ in it.
    """
    found: dict[str, Served] = {}
    silent: list[str] = []
    with httpx.Client(headers=headers, timeout=httpx.Timeout(30.0, connect=settings.connect_s)) as client:
        for url in settings.base_urls:
            try:
                found[url] = _of_server(client, url.rstrip("/"), settings.model)
            except httpx.HTTPError as error:
                silent.append(f"{url} ({type(error).__name__})")
    if not found:
        raise ServersAway(f"no server answers: {', '.join(silent)}")
    first, *others = found.values()
    if any(replace(other, max_model_len=first.max_model_len) != first for other in others):
        raise EngineNotUsable(f"the servers serve different models or versions: {', '.join(found)}")
    lengths = [served.max_model_len for served in found.values() if served.max_model_len]
    return _card(settings, first, min(lengths, default=UNTOLD_MODEL_LEN)), first.name


def _of_server(client: httpx.Client, url: str, wanted: str) -> Served:
    response = client.get(f"{url}/models")
    if response.status_code in (401, 403):
        raise EngineNotUsable(f"{url} refuses the key (status {response.status_code}): set the variable or the file")
    response.raise_for_status()
    try:
        listed = {str(one["id"]): one for one in response.json()["data"]}
    except (ValueError, KeyError, TypeError) as error:
        raise EngineNotUsable(f"{url}/models is no list of models: does the address end in /v1?") from error
    bare = [name for name, one in listed.items() if not one.get("parent")]
    name = wanted or (bare[0] if len(bare) == 1 else "")
    if name not in listed:
        raise EngineNotUsable(f"{url} serves {', '.join(sorted(listed)) or 'nothing'}: set `model` to one of them")
    one = listed[name]
    parent = str(one.get("parent") or "")
    model = listed.get(parent, {})  # of an adapter; vLLM tells its length there only
    return Served(
        name=name,
        root=str(one.get("root") or ""),
        parent=parent,
        parent_root=str(model.get("root") or ""),
        version=_version(client, url),
        max_model_len=int(one.get("max_model_len") or model.get("max_model_len") or 0),
    )


def _version(client: httpx.Client, url: str) -> str:
    """Return the version that a vLLM server tells beside its `/v1`; empty when there is none."""
    try:
        told: Any = client.get(f"{url.removesuffix('/v1')}/version").raise_for_status().json()
        return str(told["version"])[:40]
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return ""


def _card(settings: OpenAISettings, served: Served, told_len: int) -> EngineCard:
    seen = orjson.dumps([SOFTWARE, served.parent, served.parent_root, served.name, served.root, served.version])
    return EngineCard(
        engine=f"{SOFTWARE} {served.version}".strip(),
        model=served.parent or served.name,
        model_digest=digest(seen),
        adapter=served.name if served.parent else None,
        max_model_len=settings.max_model_len or told_len,
        max_num_seqs=settings.max_num_seqs,
        reads_images=settings.reads_images,
        most_images=settings.images_per_request if settings.reads_images else 0,
        random_weights=any(root and is_random(Path(root)) for root in (served.root, served.parent_root)),
    )
