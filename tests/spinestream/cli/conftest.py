"""A work folder whose store a test fills itself; its servers are those of the session, named by the environment."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from review_bridge.parts import Part
from review_bridge.routing import take_in
from spinestream.embedded import Servers, addresses_from_environment
from spinestream.settings import Settings, load, save
from spinestream.wiring import Parts, connected
from spinestream.workdir import Workdir
from streams.payloads import Wanted
from tests.spinestream.cli.front_door import NECK, Answer, called
from tests.spinestream.cli.items import planned_item, revised_parts


@dataclass
class Desk:
    """A work folder, and commands on it."""

    place: Workdir

    def call(self, *arguments: str) -> Answer:
        """Run a command on this work folder."""
        return called(*arguments, "--workdir", self.place.root)

    def on_parts(self, work: Callable[[Parts], Awaitable[Any]]) -> Any:
        """Do something with the open parts."""

        async def go() -> Any:
            async with connected(self.place, load(self.place), addresses_from_environment()) as parts:
                await parts.prepare()
                return await work(parts)

        return asyncio.run(go())

    def take_in(self, parts: Sequence[Part]) -> None:
        """Do what the sink does."""

        async def work(open_parts: Parts) -> None:
            assert open_parts.queue is not None
            await take_in(open_parts.store, open_parts.queue, parts, open_parts.sources.withdrawn)

        self.on_parts(work)

    def source(self, source_id: str, content: bytes = NECK.encode()) -> str:
        """Take a source in, without items; returns its version."""
        from generation.ids import source_version
        from generation.items import Kind
        from generation.sources import Language

        version = source_version(content)
        reference = planned_item(source_id, version, 0).source

        async def work(parts: Parts) -> None:
            wanted = (Wanted(kind=Kind.MCQ, language=Language.EN),)
            await parts.sources.register(reference, content, f"{source_id}.txt", wanted, None)

        self.on_parts(work)
        return version

    def samples(self, source_id: str, *reasons: Sequence[str]) -> list[str]:
        """Take a source in with a sample for each entry of `reasons`: queued where it is empty, else held."""
        version = self.source(source_id, source_id.encode())
        items = [planned_item(source_id, version, slot) for slot in range(len(reasons))]
        self.take_in([part for item, why in zip(items, reasons, strict=True) for part in revised_parts(item, why)])
        return [item.id for item in items]

    def queued(self) -> list[str]:
        """Return the review queue."""

        async def work(parts: Parts) -> list[str]:
            assert parts.queue is not None
            return list(await parts.queue.ids())

        found: list[str] = self.on_parts(work)
        return found


@pytest.fixture
def desk(tmp_path: Path, servers: Servers, mongo_db: str, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A work folder with a store of its own and no broker."""
    for name, value in servers.addresses.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("SPINESTREAM_KAFKA")
    place = Workdir.open(tmp_path / "W")
    save(place, Settings(engine="scripted", database=mongo_db))
    return Desk(place)
