"""Makes a run of a snapshot: begins it or goes on with it, computes, and enters what came of it.

Order of writes: the run's document, checkpoints in its folder, the adapter's blobs, the adapter's document, the run's
end. Then the tombstones are read: a source that was withdrawn meanwhile marks both.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from actors.adapters import store_adapter
from actors.compute import ComputeLease, LeaseLost, shares_compute
from actors.engines.errors import EngineError
from actors.engines.random_vlm import is_random
from actors.engines.vllm_model import locate
from actors.engines.weights import weights_digest
from generation.dataset import SnapshotRow, rows_of
from generation.errors import ManifestInvalid
from streams.blobs import BlobStore
from streams.dependencies import as_dependency_down
from streams.errors import BlobDamaged, BlobMissing
from streams.events import now
from streams.loop import StageFailed
from streams.model_payloads import AdapterRef, SnapshotMade
from streams.sources import Sources
from training.adapter_record import AdapterRecord, Card
from training.data import Chosen, chosen, seen_blob
from training.errors import AdapterUnknown, RunFailed, RunRefused
from training.lora import Job, Tell, prepare, result_of, train_on_ray
from training.lora.job import CALLED
from training.parents import Parent, fetched, parent_of
from training.recorder import Recorder
from training.registry import Registry
from training.run import Phase, Run, RunState, run_id
from training.runs import Runs
from training.settings import TrainSettings, config_digest

log = logging.getLogger(__name__)

Launch = Callable[[Job, Tell, threading.Event], Path]
"""Computes a job and returns the adapter's folder; blocks. Raises what `training.lora.train_on_ray` raises."""
_REFUSES = (RunRefused, AdapterUnknown, EngineError)
_FAILS = (RunFailed, ManifestInvalid, BlobMissing, BlobDamaged)


class Material(NamedTuple):
    """What a run is made of."""

    rows: Chosen
    parent: Parent
    model: str
    model_folder: Path


@dataclass(frozen=True)
class TrainerParts:
    """What the trainer works with."""

    runs: Runs
    registry: Registry
    sources: Sources
    blobs: BlobStore
    redis: Any
    """An asyncio client, for the compute lease."""
    settings: TrainSettings
    folder: Path
    """Where runs have their folders; of a Ray cluster, one that all nodes see."""
    launch: Launch


class Trainer:
    """Makes runs, one at a time."""

    def __init__(self, parts: TrainerParts) -> None:
        self._parts = parts
        self.registry = parts.registry

    async def run(self, made: SnapshotMade) -> Run:
        """Return the run that a snapshot's request comes to, once it has ended."""
        runs = self._parts.runs
        run = await runs.of_request(made.request, made.snapshot)
        if run is None:
            run = await self._begun(made)
        if not run.over:
            run = await self._ended(run)
        # Also for a run that was found ended: who ended it may have been killed before it looked.
        for source in sorted(await self._parts.sources.withdrawn(run.sources)):
            await self.taint(source)
        await asyncio.to_thread(shutil.rmtree, self._parts.folder / run.id, ignore_errors=True)
        return run

    async def _ended(self, run: Run) -> Run:
        """Compute a run, and note how it ended. Only a dependency that is down leaves it open."""
        try:
            return await self._made(run)
        except _REFUSES as error:
            return await self._parts.runs.end(run.id, RunState.REFUSED, why=str(error))
        except _FAILS as error:
            log.warning("run %s failed: %s", run.id, error)
            return await self._parts.runs.end(run.id, RunState.FAILED, why=str(error))
        except StageFailed:
            raise
        except Exception as error:
            if as_dependency_down(error) is not None:
                raise
            log.exception("run %s failed", run.id)
            why = f"unexpected {type(error).__name__}: see the log of the trainer"
            return await self._parts.runs.end(run.id, RunState.FAILED, why=why)

    async def taint(self, source: str) -> None:
        """Mark the runs and adapters that saw a source, if it is withdrawn."""
        if await self._parts.sources.withdrawn([source]):
            runs, adapters = await self._parts.runs.taint(source), await self._parts.registry.taint(source)
            log.info("source %s is withdrawn: %d runs and %d adapters saw it", source, runs, len(adapters))

    async def _begun(self, made: SnapshotMade) -> Run:
        """Write down a run, or find the one that another request came to. One that cannot be begun is written down
        too: whoever asked is told."""
        settings = await self._parts.runs.asked(made.request) or self._parts.settings
        name, model_digest, why = settings.model, "", ""
        parent: AdapterRef | None = None
        try:
            name, folder = await asyncio.to_thread(locate, settings.model)
            model_digest = await asyncio.to_thread(weights_digest, folder)
            parent = await parent_of(settings, self._parts.registry)
        except _REFUSES as error:
            why = str(error)
        config, began = config_digest(settings, model_digest), now()
        run = Run(
            # What cannot be begun is no run of the bare model either.
            id=run_id(made.snapshot, config, f"? {settings.init_from}" if why else adapter_name(parent)),
            request=made.request,
            snapshot=made.snapshot,
            parent=parent,
            settings=settings.model_dump(mode="json"),
            config=config,
            model=name,
            model_digest=model_digest,
            state=RunState.REFUSED if why else RunState.RUNNING,
            why=why,
            simulated=made.simulated,
            begun=began,
            updated=began,
            ended=began if why else "",
        )
        return await self._parts.runs.begin(run)

    async def _made(self, run: Run) -> Run:
        """Compute a run and enter its adapter."""
        settings = TrainSettings.model_validate(run.settings)
        await self._parts.runs.enter(run.id, Phase.PREPARING)
        material = await self._material(run, settings)
        folder = self._parts.folder / run.id
        await asyncio.to_thread(prepare, folder, material.rows.rows)
        job = Job(folder, settings, material.model, material.model_folder, material.parent.folder)
        made = await self._computed(run, job)
        await self._parts.runs.enter(run.id, Phase.STORING)
        return await self._entered(run, job, made, material)

    async def _material(self, run: Run, settings: TrainSettings) -> Material:
        """Gather what a run is made of; raises RunRefused where that is too little."""
        parts = self._parts
        name, model_folder = await asyncio.to_thread(locate, settings.model)
        parent = await fetched(run.parent, settings, run.model_digest, parts.registry, parts.blobs)
        every = await asyncio.to_thread(rows_of, await parts.blobs.get(run.snapshot))
        gone = await parts.sources.withdrawn({row.source for row in every})
        rows = chosen([row for row in every if row.source not in gone], parent.seen, settings)
        await parts.runs.chose(
            run.id,
            samples=len(rows.rows),
            new=rows.new,
            replayed=rows.replayed,
            sources=_sources(rows.rows, parent),
            simulated=parent.simulated or any(row.simulated for row in rows.rows),
        )
        if rows.left:
            log.info(
                "run %s: %d samples have no place in %d steps and wait for the next run",
                run.id,
                rows.left,
                settings.max_steps,
            )
        unseen = rows.new + rows.left
        if unseen < settings.min_samples:
            of = f"that {parent.line[0]} has not seen" if parent.line else "in the snapshot"
            raise RunRefused(f"{unseen} samples {of}, and a run needs {settings.min_samples} (min_samples)")
        return Material(rows, parent, name, model_folder)

    async def _computed(self, run: Run, job: Job) -> Path:
        """Compute under the lease, as often as it is lost; returns the adapter's folder."""
        runs, recorder = self._parts.runs, Recorder(self._parts.runs, run)
        lease = ComputeLease(
            self._parts.redis, f"trainer {run.id[:8]}", wanted=shares_compute(job.settings.share_compute)
        )
        while True:
            await runs.enter(run.id, Phase.WAITING)
            try:
                async with lease.held(), recorder.telling():
                    await runs.enter(run.id, Phase.TRAINING)
                    return await self._in_thread(job, recorder)
            except LeaseLost as lost:
                log.warning("run %s: %s; it goes on from its checkpoint", run.id, lost)

    async def _in_thread(self, job: Job, recorder: Recorder) -> Path:
        """Launch a job off the loop; cancelled, it is asked to stop, and has stopped when this returns."""
        stop = threading.Event()
        computing = asyncio.create_task(asyncio.to_thread(self._parts.launch, job, recorder.hear, stop))
        try:
            return await asyncio.shield(computing)
        except asyncio.CancelledError:
            stop.set()
            await asyncio.wait({computing})
            computing.exception()
            raise

    async def _entered(self, run: Run, job: Job, made: Path, material: Material) -> Run:
        """Put the adapter into the blob store and the registry, and end its run."""
        parts, parent = self._parts, material.parent
        ref = await store_adapter(parts.blobs, made, called=CALLED, model=run.model, model_digest=run.model_digest)
        champion = await parts.registry.champion()
        record = await parts.registry.add(
            AdapterRecord(
                ref=ref,
                run=run.id,
                snapshot=run.snapshot,
                parent=run.parent_name,
                ancestors=parent.line,
                sources=_sources(material.rows.rows, parent),
                seen=await parts.blobs.put(seen_blob(parent.seen, material.rows.rows)),
                simulated=parent.simulated or any(row.simulated for row in material.rows.rows),
                champion=champion,
                card=_card(run, job, material),
                made=now(),
            )
        )
        return await parts.runs.end(
            run.id, RunState.TRAINED, adapter=ref, champion=record.champion, result=result_of(job)
        )


def ray_launch(address: str) -> Launch:
    """Return what computes jobs under Ray Train; `address` empty: on a Ray of this machine, started for each run."""

    def launch(job: Job, tell: Tell, stop: threading.Event) -> Path:
        return train_on_ray(job, address, tell, stop)

    return launch


def _sources(rows: Sequence[SnapshotRow], parent: Parent) -> tuple[str, ...]:
    return tuple(sorted({*(row.source for row in rows), *parent.sources}))


def _card(run: Run, job: Job, material: Material) -> Card:
    rows = material.rows.rows
    return Card(
        config=run.config,
        seed=job.settings.seed,
        init_from=job.settings.init_from,
        samples=len(rows),
        new=material.rows.new,
        replayed=material.rows.replayed,
        phantom=sum(row.phantom for row in rows),
        simulated=sum(row.simulated for row in rows),
        random_weights=is_random(material.model_folder),
        result=result_of(job),
    )


def adapter_name(ref: AdapterRef | None) -> str:
    """Return the name of an adapter; empty for none."""
    return ref.name if ref else ""
