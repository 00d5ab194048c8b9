"""A site of the gateway: a spool, a store and a blob store, as one process has them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bson import json_util
from pydantic import SecretStr
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase

from generation.cases import Case
from generation.items import Kind
from streams.blobs import BlobStore
from streams.intake.deid import Pseudonyms
from streams.intake.gateway.assembly import Assembled, Assembler, Register
from streams.intake.gateway.cleaning import Cleaner
from streams.intake.gateway.instances import Instances
from streams.intake.gateway.names import SpoolNames
from streams.intake.gateway.quarantine import Quarantine
from streams.intake.gateway.spool import Spool
from streams.payloads import Wanted
from streams.sources import Sources
from streams.splits import SplitSettings
from tests.streams.intake.gateway.dicom_samples import Sample

KEY = b"a key of sixteen bytes or more"
SPLIT = SplitSettings(key=SecretStr("a key"))
WANTED = (Wanted(kind=Kind.MCQ),)


@dataclass
class Site:
    """A spool and the stores behind it."""

    spool: Spool
    register: Register
    database: AsyncDatabase[dict[str, Any]]
    blobs: Path

    def assembler(self) -> Assembler:
        """As another process would have it."""
        return Assembler(self.spool, Cleaner(Pseudonyms(KEY)), self.register, WANTED)

    async def take(self, *samples: Sample, report: str | None = None) -> Assembled:
        """Accept and assemble what is of one study."""
        [study] = {self.spool.accept(one.content()).study for one in samples}
        if report is not None:
            self.spool.accept_report(study, report)
        return await self.assembler().assemble(study)

    async def case(self, version: str | None) -> Case:
        assert version is not None
        return Case.model_validate_json(await self.register.blobs.get(version))

    async def sources(self) -> list[dict[str, Any]]:
        return await self.register.sources.known()

    async def reasons(self) -> list[str]:
        return sorted(one.reason for one in await self.register.quarantine.listed())

    async def everything(self) -> str:
        """All that the database holds."""
        found = []
        for name in await self.database.list_collection_names():
            found += [json_util.dumps(one) async for one in self.database[name].find()]
        return "\n".join(found)


Check = Callable[[Site], Awaitable[None]]
AtSite = Callable[[Check], None]


def run_at_site(check: Check, mongodb_url: str, database_name: str, folder: Path) -> None:
    """Run a check at a site of its own."""

    async def go() -> None:
        async with AsyncMongoClient[dict[str, Any]](mongodb_url, w="majority") as client:
            database, blobs = client[database_name], BlobStore(str(folder / "blobs"))
            register = Register(Sources(database, blobs), blobs, Instances(database), Quarantine(database), SPLIT, None)
            for owner in (register.sources, register.instances, register.quarantine):
                await owner.prepare()
            await check(Site(Spool(folder / "spool", SpoolNames(KEY)), register, database, folder / "blobs"))

    asyncio.run(go())
