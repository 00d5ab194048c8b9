"""Which instances were taken in (collection `instances`): each once, under its pseudonym. A case is made of these."""

from __future__ import annotations

from typing import Any

from pydantic import Field
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from generation.cases import Modality, Plane
from generation.model import Growing


class TakenInstance(Growing):
    """A de-identified instance, with what its header says that orders a series; every uid is a pseudonym."""

    uid: str
    study: str
    series: str
    patient: str
    received: str
    """Keyed digest of the original bytes: tells the same instance sent again from another of its uid."""
    blob: str = Field(pattern="^[0-9a-f]{64}$")
    modality: Modality
    plane: Plane | None = None
    region: str = ""
    """`lumbar`, `cervical`, `thoracic`; empty where the header does not tell."""
    place: float | None = None
    """Along the normal of its plane, in mm."""
    number: int | None = None
    localizer: bool = False
    phantom: bool = False


class Instances:
    """Owner of the collection."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]]) -> None:
        self._documents = database["instances"]

    async def prepare(self) -> None:
        """Create the indexes."""
        await self._documents.create_index("study")

    async def take(self, one: TakenInstance) -> TakenInstance:
        """Insert an instance if absent; returns the one that is there."""
        try:
            await self._documents.insert_one({"_id": one.uid, **one.model_dump(mode="json", exclude={"uid"})})
        except DuplicateKeyError:
            found = await self._documents.find_one({"_id": one.uid})
            if found is None:
                raise
            return _read(found)
        return one

    async def get(self, uid: str) -> TakenInstance | None:
        """Return one by its pseudonym."""
        found = await self._documents.find_one({"_id": uid})
        return _read(found) if found else None

    async def of_study(self, study: str) -> list[TakenInstance]:
        """Return the instances of a study, by uid."""
        return [_read(one) async for one in self._documents.find({"study": study}).sort("_id", 1)]

    async def in_case(self, study: str, version: str) -> None:
        """Note the last version of the case that holds a study's instances."""
        await self._documents.update_many({"study": study}, {"$set": {"case": version}})

    async def count(self) -> int:
        """Return how many were taken in."""
        return await self._documents.count_documents({})


def _read(document: dict[str, Any]) -> TakenInstance:
    return TakenInstance.model_validate({**document, "uid": document["_id"]})
