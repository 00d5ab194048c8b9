"""What a run starts from, and what that has seen."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from actors.adapters import fetch_adapter
from streams.blobs import BlobStore
from streams.model_payloads import AdapterRef
from training.adapter_record import AdapterRecord
from training.data import seen_of
from training.errors import RunRefused
from training.lora.weights import check_parent
from training.registry import Registry
from training.settings import BASE, CHAMPION, TrainSettings


class Parent(NamedTuple):
    """An adapter to start from, on this machine; all of it empty where a run starts from the bare model."""

    folder: Path | None = None
    record: AdapterRecord | None = None
    seen: frozenset[str] = frozenset()
    """`training.data.row_digest` of every sample that it or an ancestor has seen."""

    @property
    def sources(self) -> tuple[str, ...]:
        """Ids of the sources that it has seen."""
        return self.record.sources if self.record else ()

    @property
    def simulated(self) -> bool:
        """Whether simulated decisions are in it."""
        return self.record.simulated if self.record else False

    @property
    def line(self) -> tuple[str, ...]:
        """Its name and those of its ancestors, the nearest first."""
        return (self.record.ref.name, *self.record.ancestors) if self.record else ()


async def parent_of(settings: TrainSettings, registry: Registry) -> AdapterRef | None:
    """Return the adapter that settings mean by `init_from`; None for the bare model.

    Raises AdapterUnknown for a name that nobody knows.
    """
    if settings.init_from == BASE:
        return None
    if settings.init_from == CHAMPION:
        return await registry.champion()
    return (await registry.get(settings.init_from)).ref


async def fetched(
    ref: AdapterRef | None, settings: TrainSettings, model_digest: str, registry: Registry, blobs: BlobStore
) -> Parent:
    """Return an adapter to start from, its bytes on this machine.

    Raises:
        RunRefused: it is tainted, of another model, or does not fit the settings.
        EngineNotUsable: its bytes are missing or others.
    """
    if ref is None:
        return Parent()
    record = await registry.get(ref.name)
    if record.tainted:
        raise RunRefused(
            f"{ref.name} has seen sources that were withdrawn ({', '.join(record.tainted[:5])}): start from another "
            "adapter, or from the bare model (init_from: base)"
        )
    if ref.model_digest != model_digest:
        raise RunRefused(f"{ref.name} changes other weights ({ref.model}): set `model`, or start from base")
    folder = (await fetch_adapter(blobs, ref)).folder
    check_parent(folder, settings)
    return Parent(folder, record, seen_of(await blobs.get(record.seen)))
