"""Puts the gateway together for a work folder: its spool, the site's key, and the owners of state that cases go to."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError
from pymongo import WriteConcern
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from spinestream.errors import SettingsWrong
from spinestream.settings import Settings, from_environment
from spinestream.wiring import Parts
from spinestream.workdir import Workdir
from streams.intake.deid import DeidSettings, Pseudonyms
from streams.intake.gateway.assembly import Assembler, Register
from streams.intake.gateway.cleaning import Cleaner
from streams.intake.gateway.names import SpoolNames
from streams.intake.gateway.quiet import quiet_libraries
from streams.intake.gateway.settings import DEID_KEY_VARIABLE, PseudonymSettings
from streams.intake.gateway.spool import Spool
from streams.payloads import Wanted
from streams.splits import SplitSettings

LEAST_KEY = 16
_MARKED = b"spinestream: which key this is"


def pseudonym_key(workdir: Workdir) -> bytes:
    """Return the site's key: that of the environment, else the work folder's own. Raises SettingsWrong."""
    given = from_environment(PseudonymSettings).key.get_secret_value()
    if given and len(given.encode()) < LEAST_KEY:
        raise SettingsWrong([f"SPINESTREAM_DEID_KEY: give at least {LEAST_KEY} random characters"])
    return (given or workdir.pseudonym_key()).encode()


def deid_settings(settings: Settings) -> DeidSettings:
    """Return how identifiers go; raises SettingsWrong. They are looked at here, where what reads DICOM is loaded."""
    try:
        return DeidSettings.model_validate(settings.deid)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        raise SettingsWrong(
            [f"deid.{'.'.join(map(str, one['loc']))}: {SettingsWrong.fault(one['type'], one['msg'])}" for one in faults]
        ) from error


def spool_of(workdir: Workdir, settings: Settings) -> Spool:
    """Open the spool of a work folder."""
    return Spool(workdir.spool, SpoolNames(pseudonym_key(workdir)), settings.gateway.min_free_mb)


async def keep_to_one_key(database: AsyncDatabase[dict[str, Any]], key: bytes) -> None:
    """Refuse another key than the one that a deployment's cases were made with (collection `site`): every patient would
    become another one, and might be in training and in the bench at once. Raises SettingsWrong."""
    mark = hmac.new(key, _MARKED, hashlib.sha256).hexdigest()
    documents = database.get_collection("site", write_concern=WriteConcern("majority", j=True))
    with contextlib.suppress(DuplicateKeyError):
        await documents.insert_one({"_id": "pseudonym key", "mark": mark})
    found = await documents.find_one({"_id": "pseudonym key"})
    if found is not None and found["mark"] != mark:
        told = (
            "the cases of this deployment were made with another key, and with this one every patient would become "
            "another. Take theirs: that of the gateway's environment, or the file secrets/pseudonym.key of the work "
            "folder that took the first study in"
        )
        raise SettingsWrong([f"{DEID_KEY_VARIABLE}: {told}"])


async def assembler_of(parts: Parts, settings: Settings, split: SplitSettings, wanted: Sequence[Wanted]) -> Assembler:
    """Return what makes cases of the studies in the spool, and asks for samples of them. Raises SettingsWrong."""
    quiet_libraries()
    await keep_to_one_key(parts.database, pseudonym_key(parts.workdir))
    cleaner = Cleaner(Pseudonyms(pseudonym_key(parts.workdir)), deid_settings(settings))
    register = Register(parts.sources, parts.blobs, parts.instances, parts.quarantine, split, parts.outbox)
    return Assembler(spool_of(parts.workdir, settings), cleaner, register, wanted)


def wanted_of_cases(settings: Settings) -> tuple[Wanted, ...]:
    """Return what is asked of a case that no command brought."""
    gateway = settings.gateway
    return tuple(
        Wanted(kind=kind, language=language) for kind in gateway.kinds for language in gateway.languages or (None,)
    )
