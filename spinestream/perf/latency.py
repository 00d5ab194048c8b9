"""From a `planned` record to the engine, one at a time: what the control plane adds to an answer when nothing waits."""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from generation.ids import source_version
from generation.items import Kind, PlannedItem
from generation.planning import make_plan
from generation.sources import Language, SourceRef, Split
from spinestream.errors import MeasurementFailed
from spinestream.perf.corpus import FACTS, write_corpus
from spinestream.perf.private import Show, private_folder
from spinestream.settings import Settings, save
from spinestream.supervisor import Supervisor, role_groups
from spinestream.turns import serving
from spinestream.wiring import Parts, connected
from spinestream.workdir import Workdir
from streams import topics
from streams.intake.documents import read_document
from streams.payloads import ItemPlanned

WARMUP = 20
READY_SECONDS, ARRIVES_SECONDS = 120.0, 30.0
PAUSE = (0.02, 0.12)
"""Seconds between an arrival and the next record, drawn anew each time so as not to fall in step with a poll."""


@dataclass(frozen=True)
class Latency:
    """What `perf latency` prints."""

    p50_ms: float
    """From before a `planned` record is given to the producer to its request at the engine."""
    p99_ms: float
    max_ms: float
    n: int

    def as_json(self) -> dict[str, Any]:
        """Return the object that `--json` prints."""
        return asdict(self)


def measure(records: int, show: Show) -> Latency:
    """Measure so many records; raises MeasurementFailed when the deployment does not get ready or a record is late."""
    with private_folder() as folder:
        workdir = Workdir.open(folder / "work")
        log = folder / "calls"
        settings = Settings(engine="scripted", engine_settings={"call_log": str(log)})
        save(workdir, settings)
        with serving(workdir) as servers:
            return asyncio.run(_measure(workdir, settings, servers, log, _items(folder, records + WARMUP), show))


def _items(folder: Path, count: int) -> list[PlannedItem]:
    """Return items of a generated document, each with an id of its own."""
    [place] = write_corpus(folder / "documents", 1, FACTS)
    content = place.read_bytes()
    source = SourceRef(
        id="perf", version=source_version(content), title="perf", split=Split.TRAIN, media_type="text/markdown"
    )
    plan = make_plan(source, read_document(content, source.media_type), Kind.MCQ, Language.EN)
    return [plan.items[n % len(plan.items)].model_copy(update={"id": str(uuid.uuid4())}) for n in range(count)]


async def _measure(
    workdir: Workdir, settings: Settings, servers: Any, log: Path, items: Sequence[PlannedItem], show: Show
) -> Latency:
    async with connected(workdir, settings, servers.addresses) as parts:
        assert parts.broker is not None
        await asyncio.to_thread(parts.broker.ensure_topics)
        await parts.prepare()
        supervisor = Supervisor(workdir, servers, role_groups(settings.separate))
        try:
            supervisor.start()
            await _ready(supervisor, show)
            taken = []
            for number, item in enumerate(items):
                show(f"{max(0, number - WARMUP)} of {len(items) - WARMUP} records")
                taken.append(await _one(parts, item, log))
                await asyncio.sleep(random.uniform(*PAUSE))
        finally:
            await asyncio.to_thread(supervisor.stop)
    return _figures(taken[WARMUP:])


async def _ready(supervisor: Supervisor, show: Show) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not supervisor.ready():
        if time.monotonic() > deadline:
            raise MeasurementFailed(f"the roles were not ready after {READY_SECONDS:.0f} s", [supervisor.doing()])
        show(supervisor.doing())
        await asyncio.sleep(0.5)
        await asyncio.to_thread(supervisor.tick)


async def _one(parts: Parts, item: PlannedItem, log: Path) -> float:
    """Publish a record; returns how many seconds later its request came to the engine."""
    assert parts.publisher is not None
    event = topics.PLANNED.event(ItemPlanned(item=item), key=item.id, subject=item.id, source="perf")
    name = f"{item.id}/draft/0\t"
    began = time.time()
    await parts.publisher.publish([event])
    deadline = time.monotonic() + ARRIVES_SECONDS
    while time.monotonic() < deadline:
        line = next((one for one in _lines(log) if one.startswith(name)), None)
        if line is not None:
            return float(line.split("\t")[1]) - began
        await asyncio.sleep(0.005)
    raise MeasurementFailed(f"a record did not come to the engine in {ARRIVES_SECONDS:.0f} s", [])


def _lines(log: Path) -> list[str]:
    """Return the newest calls; a line is written whole."""
    try:
        with log.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - 2048))
            return file.read().decode(errors="replace").splitlines()
    except FileNotFoundError:
        return []


def _figures(seconds: Sequence[float]) -> Latency:
    rising = sorted(seconds)

    def quantile(share: float) -> float:
        """Return the smallest time that so many of the records do not exceed (nearest rank)."""
        return round(1000 * rising[max(0, -(-int(share * 100) * len(rising) // 100) - 1)], 2)

    return Latency(p50_ms=quantile(0.5), p99_ms=quantile(0.99), max_ms=round(1000 * rising[-1], 2), n=len(rising))
