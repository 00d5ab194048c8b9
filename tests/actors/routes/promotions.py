"""Promotions of small adapters, for tests of the route."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from actors.adapters import store_adapter
from streams.blobs import BlobStore
from streams.model_payloads import AdapterRef, ModelPromoted, Move
from tests.actors.made_adapters import plain, write


async def stored(blobs: BlobStore, to: Path, seed: int) -> AdapterRef:
    """Store a sound adapter."""
    return await store_adapter(blobs, plain(to, seed), called="spine", model="scripted", model_digest="0" * 64)


async def broken(blobs: BlobStore, to: Path) -> AdapterRef:
    """Store one whose weights are no numbers."""
    import numpy
    from safetensors.numpy import load_file

    from actors.engines.adapters import WEIGHTS

    sound: dict[str, Any] = load_file(plain(to / "sound", 9) / WEIGHTS)
    folder = write(to / "broken", {name: numpy.full_like(one, numpy.nan) for name, one in sound.items()})
    return await store_adapter(blobs, folder, called="spine", model="scripted", model_digest="0" * 64)


def promotion(seq: int, adapter: AdapterRef | None, previous: str = "") -> ModelPromoted:
    """Return the promotion of an adapter; None: back to the bare model."""
    move = Move.PROMOTED if adapter else Move.ROLLED_BACK
    return ModelPromoted(seq=seq, adapter=adapter, previous=previous, move=move, who="test", why="a test")
