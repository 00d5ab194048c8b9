"""Puts the gateway together for a work folder: its spool, the site's key, and the owners of state that cases go to."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError

from spinestream.errors import SettingsWrong
from spinestream.settings import Settings, from_environment
from spinestream.wiring import Parts
from spinestream.workdir import Workdir
from streams.intake.deid import DeidSettings, Pseudonyms
from streams.intake.gateway.assembly import Assembler, Register
from streams.intake.gateway.cleaning import Cleaner
from streams.intake.gateway.names import SpoolNames
from streams.intake.gateway.quiet import quiet_libraries
from streams.intake.gateway.settings import PseudonymSettings
from streams.intake.gateway.spool import Spool
from streams.payloads import Wanted
from streams.splits import SplitSettings

LEAST_KEY = 16


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


def assembler_of(parts: Parts, settings: Settings, split: SplitSettings, wanted: Sequence[Wanted]) -> Assembler:
    """Return what makes cases of the studies in the spool, and asks for samples of them."""
    quiet_libraries()
    cleaner = Cleaner(Pseudonyms(pseudonym_key(parts.workdir)), deid_settings(settings))
    register = Register(parts.sources, parts.blobs, parts.instances, parts.quarantine, split, parts.outbox)
    return Assembler(spool_of(parts.workdir, settings), cleaner, register, wanted)


def wanted_of_cases(settings: Settings) -> tuple[Wanted, ...]:
    """Return what is asked of a case that no command brought."""
    gateway = settings.gateway
    return tuple(
        Wanted(kind=kind, language=language) for kind in gateway.kinds for language in gateway.languages or (None,)
    )
