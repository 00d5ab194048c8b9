"""From a whole study in the spool to a registered case.

The order is what makes a crash harmless: instances and blobs (each once, whoever comes first) -> the source with its
event -> the spool is emptied. Cut off anywhere, it is done again from the spool, and the same bytes give the same case.
One process assembles at a time, so that two never make two versions of one study.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from generation.cases import CASE_MEDIA_TYPE, Case, case_id
from generation.ids import source_version
from generation.sources import SourceRef
from streams.blobs import BlobStore
from streams.intake.gateway.batch import Batch, Refusal, take_instance
from streams.intake.gateway.case_of import make_case, title_of
from streams.intake.gateway.cleaning import Cleaner
from streams.intake.gateway.instances import Instances, TakenInstance
from streams.intake.gateway.quarantine import Quarantine, Quarantined, Refused
from streams.intake.gateway.spool import Spool, Waiting
from streams.outbox import Outbox
from streams.payloads import Wanted
from streams.sources import Sources
from streams.splits import SplitSettings, split_of

log = logging.getLogger(__name__)

LOCK_EVERY = 0.05


@dataclass(frozen=True, slots=True)
class Assembled:
    """What came of a study's files."""

    study: str
    """Its folder in the spool."""
    version: str | None = None
    """Of its case; None where nothing of it was taken."""
    new: bool = False
    """Whether that version is new."""
    more: bool = False
    """Whether more is wanted of a known version than before."""
    instances: int = 0
    """New instances that were taken in."""
    known: int = 0
    """Instances that had been before."""
    quarantined: int = 0


@dataclass(frozen=True, slots=True)
class Register:
    """Where cases go, and what is wanted of them."""

    sources: Sources
    blobs: BlobStore
    instances: Instances
    quarantine: Quarantine
    split: SplitSettings
    outbox: Outbox | None


class Assembler:
    """Makes cases of what lies in one spool."""

    def __init__(self, spool: Spool, cleaner: Cleaner, register: Register, wanted: Sequence[Wanted]) -> None:
        self.spool = spool
        self._cleaner = cleaner
        self._to = register
        self._wanted = wanted

    async def assemble(self, study: str) -> Assembled:
        """Take a study in, by its folder in the spool; it is gone from there when this returns.

        Raises DependencyDown and what the store raises; what lies in the spool stays then.
        """
        async with self._alone():
            waiting = await asyncio.to_thread(self.spool.waiting, study)
            if waiting is None:
                return Assembled(study)
            done = await self._assemble(waiting)
            await asyncio.to_thread(self.spool.remove, waiting)
        told = (done.instances, done.known, done.quarantined, (done.version or "none")[:16])
        log.info("study %s: %d instances taken, %d known, %d quarantined, case %s", study, *told)
        return done

    async def strays(self) -> int:
        """Set aside what belongs to no study; returns how many. What killed writers left is swept."""
        await asyncio.to_thread(self.spool.sweep)
        if not await asyncio.to_thread(self.spool.strays):
            return 0
        async with self._alone():
            found = await asyncio.to_thread(self.spool.strays)
            for path in found:
                reason = {".dcm": Refused.NO_STUDY, ".txt": Refused.UNMATCHED}.get(path.suffix, Refused.NOT_DICOM)
                await self._set_aside("", path, Refusal(reason))
        return len(found)

    async def release(self, spool_id: str) -> str:
        """Put a quarantined object back in the spool for another try; returns its study's folder, empty for a stray.

        Raises QuarantineUnknown.
        """
        async with self._alone():
            one = await self._to.quarantine.get(spool_id)
            if await asyncio.to_thread(self.spool.put_back, spool_id, one.study):
                await self._to.quarantine.released(spool_id)
        return one.study

    async def _assemble(self, waiting: Waiting) -> Assembled:
        batch = Batch()
        if await self._withdrawn(waiting.study):
            for path in waiting.files:
                await self._set_aside(waiting.study, path, Refusal(Refused.WITHDRAWN))
            return Assembled(waiting.study, quarantined=len(waiting.files))
        for path in waiting.instances:
            refusal = await take_instance(path, batch, self._cleaner, self._to.instances, self._to.blobs)
            if refusal is not None:
                await self._set_aside(waiting.study, path, refusal)
                batch.quarantined += 1
        report = await self._report(waiting, batch)
        if batch.study is None:
            return Assembled(waiting.study, quarantined=batch.quarantined)
        taken = await self._to.instances.of_study(batch.study)
        version, new, more = await self._register(waiting.study, taken, report)
        return Assembled(waiting.study, version, new, more, batch.new, batch.known, batch.quarantined)

    async def _withdrawn(self, folder: str) -> bool:
        keys = await asyncio.to_thread(self.spool.first_keys, folder)
        if keys is None:
            return False
        source_id = case_id(self._cleaner.pseudonyms.uid(keys.study_uid))
        return bool(await self._to.sources.withdrawn([source_id]))

    async def _report(self, waiting: Waiting, batch: Batch) -> str | None:
        """Return the last report, clean; None where none came, or none that may pass."""
        if not waiting.reports:
            return None
        path = waiting.reports[-1]
        refusal, text = await asyncio.to_thread(batch.clean_report, path, self._cleaner)
        if refusal is not None:
            await self._set_aside(waiting.study, path, refusal)
            batch.quarantined += 1
        return text

    async def _register(
        self, folder: str, taken: Sequence[TakenInstance], report: str | None
    ) -> tuple[str, bool, bool]:
        """Return the version of the case, whether it is new, and whether more is wanted of it than before."""
        blobs, sources = self._to.blobs, self._to.sources
        before = await sources.latest(case_id(taken[0].study))
        if report is None:
            report = Case.model_validate_json(await blobs.get(before["blob"])).report if before else ""
        epoch = self._cleaner.pseudonyms.epoch
        case = await asyncio.to_thread(make_case, taken, report, epoch, blobs.get_now, blobs.put_now)
        content = case.content()
        source = SourceRef(
            id=case.source_id,
            version=source_version(content),
            title=title_of(taken),
            split=split_of(f"patient|{case.patient}", self._to.split),
            media_type=CASE_MEDIA_TYPE,
        )
        new = await sources.register(
            source, content, f"case {folder[:12]}", self._wanted, self._to.outbox, case.language
        )
        await self._to.instances.in_case(case.study, source.version)
        more = not new and bool(await sources.ask(source.version, self._wanted, self._to.outbox))
        return source.version, new, more

    async def _set_aside(self, study: str, path: Path, refusal: Refusal) -> None:
        """Record first, then move: an original is never in the quarantine without a reason."""
        one = Quarantined(
            id=path.stem, study=study, reason=refusal.reason, detail=refusal.detail, sop_class=refusal.sop_class
        )
        await self._to.quarantine.record(one)
        await asyncio.to_thread(self.spool.set_aside, path)
        log.warning("%s is in quarantine: %s", path.stem, refusal.reason)

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """Hold the spool's assembly lock; it is free when its holder dies."""
        descriptor = os.open(self.spool.lock, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            while True:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    await asyncio.sleep(LOCK_EVERY)
            yield
        finally:
            os.close(descriptor)
