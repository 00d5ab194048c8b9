"""Adapters in the blob store: two blobs, named by the digest of both, fetched into the cache of a machine."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from actors.engines.adapters import CONFIG, WEIGHTS, Adapter, digest_of, place_folder, read_adapter
from actors.engines.errors import EngineNotUsable
from actors.engines.small_model import cache_folder
from streams.blobs import BlobStore
from streams.errors import BlobDamaged, BlobMissing
from streams.model_payloads import AdapterRef

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}@[0-9a-f]{12}")
"""What an adapter may be called: it becomes the name of a folder."""


async def store_adapter(blobs: BlobStore, folder: Path, *, called: str, model: str, model_digest: str) -> AdapterRef:
    """Put the two files of an adapter into the blob store and return how it is referred to.

    `called` goes before the digest in its name (`spine` gives `spine@3fa9c1d2e4b7`); `model` and `model_digest` tell
    the model it was trained for (`EngineCard.model`, `actors.engines.weights.weights_digest`). The same files give the
    same reference.

    Raises:
        EngineNotUsable: the folder holds no adapter, or `called` cannot be the name of one.
        DependencyDown: the blob store is away.
    """
    await asyncio.to_thread(read_adapter, folder)
    config = await blobs.put(await asyncio.to_thread((folder / CONFIG).read_bytes))
    weights = await blobs.put(await asyncio.to_thread((folder / WEIGHTS).read_bytes))
    digest = digest_of(config, weights)
    name = f"{called}@{digest[:12]}"
    if not NAME.fullmatch(name):
        raise EngineNotUsable(f"an adapter cannot be called {called!r}: use letters, digits, dots and dashes")
    return AdapterRef(name=name, digest=digest, config=config, weights=weights, model=model, model_digest=model_digest)


async def fetch_adapter(blobs: BlobStore, ref: AdapterRef) -> Adapter:
    """Return an adapter on this machine, fetched if it is not there; its folder lies in the cache under its name.

    A folder in the cache whose bytes are others is replaced. Safe to call from many processes.

    Raises:
        EngineNotUsable: the reference contradicts itself, or its bytes are missing, damaged or no adapter.
        DependencyDown: the blob store is away.
    """
    digest = digest_of(ref.config, ref.weights)
    if digest != ref.digest or not NAME.fullmatch(ref.name) or not ref.name.endswith(f"@{digest[:12]}"):
        raise EngineNotUsable(
            f"adapter {ref.name[:100]!r} is not named by its bytes (digest {digest[:12]}): not loaded"
        )
    folder = cache_folder() / "adapters" / ref.name
    try:
        await asyncio.to_thread(_fetch, blobs, ref, folder)
    except (BlobMissing, BlobDamaged) as error:
        raise EngineNotUsable(f"adapter {ref.name} cannot be fetched: {error}") from error
    found = await asyncio.to_thread(read_adapter, folder)
    return replace(found, model=ref.model, model_digest=ref.model_digest)


def _fetch(blobs: BlobStore, ref: AdapterRef, folder: Path) -> None:
    """Have the two files in a folder, which appears whole or not at all; raises what the blob store raises."""
    from filelock import FileLock

    if _holds(folder, ref):
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.parent / f".{folder.name}.lock"):
        if _holds(folder, ref):
            return
        files = {CONFIG: blobs.get_now(ref.config), WEIGHTS: blobs.get_now(ref.weights)}
        if folder.exists():
            away = Path(tempfile.mkdtemp(prefix=f".{folder.name}.damaged.", dir=folder.parent))
            os.replace(folder, away)  # noqa: PTH105 - the rename must be atomic
            shutil.rmtree(away)
        place_folder(folder, files)


def _holds(folder: Path, ref: AdapterRef) -> bool:
    """Tell whether a folder has the very bytes."""
    try:
        return _sha256(folder / CONFIG) == ref.config and _sha256(folder / WEIGHTS) == ref.weights
    except FileNotFoundError:
        return False


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
