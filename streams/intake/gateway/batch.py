"""One look at a study's files: what each comes to, and the identities that its report is searched for."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from pydicom.uid import UID

from generation.cases import Modality
from generation.ids import digest
from streams.blobs import BlobStore
from streams.intake.deid import CleanInstance, Identities, ObjectRefused, RefusalReason, original_keys
from streams.intake.gateway.cleaning import Cleaner, guarded
from streams.intake.gateway.instances import Instances, TakenInstance
from streams.intake.gateway.quarantine import Refused
from streams.intake.gateway.same import same_object
from streams.intake.key_slices import header_of

_MODALITIES = frozenset(one.value for one in Modality)


class Refusal(NamedTuple):
    """Why a file is set aside."""

    reason: str
    detail: str = ""
    sop_class: str = ""


@dataclass(slots=True)
class Batch:
    """What was met so far among the files of one study."""

    study: str | None = None
    """Pseudonymous uid; None while nothing of it was taken."""
    patient: str = ""
    """Pseudonym."""
    original_patient: str = field(default="", repr=False)
    """What the date offset is of; PHI, and it stays here."""
    identities: Identities = field(default_factory=Identities, repr=False)
    new: int = 0
    known: int = 0
    quarantined: int = 0

    def clean_report(self, path: Path, cleaner: Cleaner) -> tuple[Refusal | None, str | None]:
        """Return why a report does not pass, or its clean text."""
        if self.study is None:
            return Refusal(Refused.NO_HEADERS), None
        try:
            text = path.read_bytes().decode()
            return None, cleaner.report(text, self.identities, self.original_patient).text
        except UnicodeDecodeError:
            return Refusal(Refused.NOT_TEXT), None
        except ObjectRefused as refused:
            return Refusal(refused.reason, refused.detail), None


async def take_instance(
    path: Path, batch: Batch, cleaner: Cleaner, instances: Instances, blobs: BlobStore
) -> Refusal | None:
    """De-identify one file of the spool and note it, its bytes in the blob store; returns why it was refused."""
    content = await asyncio.to_thread(path.read_bytes)
    try:
        clean, described = await asyncio.to_thread(_read, content, path, cleaner)
    except ObjectRefused as refused:
        return Refusal(refused.reason, refused.detail, _sop_class(content))
    before = await instances.get(clean.instance)
    if before is not None and not await _same(clean.content, described, before, blobs):
        return Refusal(Refused.OTHER_BYTES, sop_class=_sop_class(content))
    if batch.study is None:
        others = await instances.of_study(clean.study)
        batch.patient = others[0].patient if others else clean.patient
    if clean.patient != batch.patient:
        return Refusal(Refused.OTHER_PATIENT, sop_class=_sop_class(content))
    batch.study = clean.study
    batch.original_patient = original_keys(content).patient
    batch.identities.merge(clean.identities)
    if before is None:
        await blobs.put(clean.content)
        await instances.take(described)
    batch.new += before is None
    batch.known += before is not None
    return None


async def _same(content: bytes, now: TakenInstance, before: TakenInstance, blobs: BlobStore) -> bool:
    if now.received == before.received or now.blob == before.blob:
        return True
    taken = await blobs.get(before.blob)
    try:
        return await asyncio.to_thread(guarded, lambda: same_object(content, taken))
    except ObjectRefused:  # what cannot be compared is not the same
        return False


def _read(content: bytes, path: Path, cleaner: Cleaner) -> tuple[CleanInstance, TakenInstance]:
    """Raises ObjectRefused."""
    clean = cleaner.instance(content)
    if clean.modality not in _MODALITIES:
        raise ObjectRefused(RefusalReason.UNSUPPORTED_CLASS, "cases are not made of its modality")
    header = guarded(lambda: header_of(clean.content))
    return clean, TakenInstance(
        uid=clean.instance,
        study=clean.study,
        series=clean.series,
        patient=clean.patient,
        received=path.stem.rpartition("-")[2],
        blob=digest(clean.content),
        modality=Modality(clean.modality),
        plane=header.plane,
        region=header.region,
        place=header.place,
        number=header.number,
        localizer=header.localizer,
        phantom=clean.phantom,
    )


def _sop_class(content: bytes) -> str:
    """Return the name of an original's SOP class, where the standard has one."""
    try:
        found = original_keys(content).sop_class
    except ObjectRefused:
        return ""
    name = UID(found).name
    return "" if name == found else name
