"""The quarantine: what was refused, why, and where the original lies (collection `quarantine`). It quotes nothing."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import Field
from pymongo.asynchronous.database import AsyncDatabase

from generation.model import Growing
from streams.events import now
from streams.intake.gateway.errors import QuarantineUnknown
from streams.telemetry import metering
from streams.telemetry.instruments import QUARANTINED


class Refused(StrEnum):
    """Why the gateway itself sets something aside; de-identification has reasons of its own beside these."""

    OTHER_BYTES = "other-bytes"
    """Another object of the same SOP Instance UID was taken before."""
    OTHER_PATIENT = "other-patient"
    """Its study is another patient's, by the instances that came before."""
    NO_HEADERS = "no-headers"
    """A report without an instance of its study beside it: nothing tells which names to look for."""
    UNMATCHED = "unmatched"
    """A report that names no accession of a study that is here, or of more than one."""
    NOT_DICOM = "not-dicom"
    """Neither DICOM nor a report."""
    NO_STUDY = "no-study"
    """DICOM that does not tell which study or instance it is."""
    NOT_TEXT = "not-text"
    """A report that is not UTF-8."""
    WITHDRAWN = "withdrawn"
    """Of a case that was withdrawn."""


class State(StrEnum):
    """Where a quarantined object is."""

    HELD = "held"
    """In the quarantine."""
    RELEASED = "released"
    """Back in the spool, for another try."""


class Quarantined(Growing):
    """A refused object."""

    id: str
    """Spool id; the original is `<spool>/quarantine/<id>.*`."""
    study: str = ""
    """Its study's folder in the spool; empty for a stray."""
    reason: str
    detail: str = ""
    sop_class: str = ""
    """Name of its SOP class in the standard, where it has one."""
    state: State = State.HELD
    at: str = Field(default_factory=now)


class Quarantine:
    """Owner of the collection."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]]) -> None:
        self._documents = database["quarantine"]

    async def prepare(self) -> None:
        """Create the indexes."""
        await self._documents.create_index("at")

    async def record(self, one: Quarantined) -> None:
        """Note what is refused; the same object again is the same entry."""
        document = one.model_dump(mode="json", exclude={"id"})
        await self._documents.replace_one({"_id": one.id}, document, upsert=True)
        metering.count(QUARANTINED, 1, one.reason)

    async def listed(self, everything: bool = False) -> list[Quarantined]:
        """Return what is held, in the order it came; with `everything`, also what was released."""
        wanted: dict[str, Any] = {} if everything else {"state": State.HELD.value}
        return [_read(one) async for one in self._documents.find(wanted).sort([("at", 1), ("_id", 1)])]

    async def get(self, spool_id: str) -> Quarantined:
        """Return one; raises QuarantineUnknown."""
        found = await self._documents.find_one({"_id": spool_id})
        if found is None:
            raise QuarantineUnknown("no quarantined object of that spool id; `spinestream quarantine list` names them")
        return _read(found)

    async def released(self, spool_id: str) -> None:
        """Note that one was put back in the spool."""
        await self._documents.update_one({"_id": spool_id}, {"$set": {"state": State.RELEASED.value}})

    async def count(self) -> int:
        """Return how many are held."""
        return await self._documents.count_documents({"state": State.HELD.value})


def _read(document: dict[str, Any]) -> Quarantined:
    return Quarantined.model_validate({**document, "id": document["_id"]})
