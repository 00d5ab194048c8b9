"""Datasets on the session's real MongoDB, with a blob store of one test alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from snapshot_samples import Made

from generation.dataset import SnapshotRow, rows_of
from review_bridge.snapshots import Card, DatasetSettings, Snapshots
from review_bridge.store import SampleStore
from streams.blobs import BlobStore
from streams.model_payloads import SnapshotMade, SnapshotRequested
from streams.sources import Sources


@dataclass
class Shop:
    """Where datasets are made."""

    store: SampleStore
    sources: Sources
    blobs: BlobStore
    snapshots: Snapshots

    async def hold(self, *samples: Made) -> None:
        """Do what the sink does."""
        await self.store.merge([part for one in samples for part in one.parts()])

    async def made(self, request: str = "", *, simulated: bool = False) -> SnapshotMade:
        """Ask for a dataset and make it; a request's id makes it the same request again."""
        if request:
            asked = SnapshotRequested(request=request, why="new samples", accepted=0, who="trends", simulated=simulated)
        else:
            asked = await self.snapshots.request("asked for", "Dr Li", simulated=simulated)
        return await self.snapshots.make(asked)

    async def rows(self, made: SnapshotMade) -> tuple[SnapshotRow, ...]:
        return rows_of(await self.blobs.get(made.snapshot))

    async def ids(self, made: SnapshotMade) -> list[str]:
        return [row.id for row in await self.rows(made)]

    async def card(self, made: SnapshotMade) -> Card:
        return await self.snapshots.card_at(made.card)

    async def withdraw(self, *names: str) -> None:
        """Write tombstones, and nothing else."""
        for name in names:
            await self.sources.withdraw(name, "Dr Wu", "no consent", None)


@pytest.fixture
def shop(tmp_path: Path) -> Callable[..., Any]:
    """Opens a shop on the place of a test."""

    async def opened(place: Any, **settings: Any) -> Shop:
        blobs = BlobStore(str(tmp_path / "blobs"))
        sources = Sources(place.database, blobs)
        snapshots = Snapshots(place.database, blobs, place.store, sources, DatasetSettings(**settings))
        await snapshots.prepare()
        return Shop(place.store, sources, blobs, snapshots)

    return opened
