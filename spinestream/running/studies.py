"""Takes the studies of a run in: into the spool, then into cases. No message names a file of a patient."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from spinestream.settings import Settings, load
from spinestream.wiring import Parts
from streams.intake.gateway.finding import StudyFolder
from streams.payloads import Wanted
from streams.splits import SplitSettings

if TYPE_CHECKING:
    from streams.intake.gateway.assembly import Assembled


@dataclass
class Studies:
    """What came of the studies given."""

    versions: list[str] = field(default_factory=list)
    """Of their cases."""
    studies: int = 0
    instances: int = 0
    """Taken in now or before."""
    new: int = 0
    """Cases whose version is new."""
    more: int = 0
    """Known cases of which more is wanted now."""
    quarantined: int = 0
    """Objects that were refused now: `spinestream quarantine list` tells why."""
    left: int = 0
    """Files that were not taken: too large, links, or they cannot be read."""
    untaken: int = 0
    """Folders that were not come to before the run was interrupted."""

    def add(self, made: Assembled) -> None:
        """Count what came of one study."""
        self.instances += made.instances + made.known
        self.quarantined += made.quarantined
        if made.version is not None and made.version not in self.versions:
            self.versions.append(made.version)
            self.studies += 1
            self.new += made.new
            self.more += made.more

    @property
    def any(self) -> bool:
        """Whether there is anything to be told."""
        return self != Studies()


async def take_studies(
    parts: Parts,
    settings: Settings,
    split: SplitSettings,
    wanted: Sequence[Wanted],
    folders: Sequence[StudyFolder],
    told: Callable[[str], None],
    stopped: Callable[[], bool],
    mending: Callable[[Callable[[], Awaitable[None]], str], Awaitable[None]],
) -> Studies:
    """Take every folder in; `mending` calls a step again once a server that died is back. Raises SpoolFull."""
    done = Studies()
    if not folders:
        return done
    # Only who has studies loads what reads them.
    from spinestream.cases import assembler_of
    from streams.intake.gateway.folder import bring

    assembler = await assembler_of(parts, settings, split, wanted)
    for number, folder in enumerate(folders, start=1):
        if stopped():
            done.untaken = len(folders) - number + 1
            break
        name = f"study {number} of {len(folders)}"
        told(name)
        brought = await asyncio.to_thread(bring, folder, assembler.spool, settings.gateway.max_instance_mb)
        done.left += brought.left

        async def strays() -> None:
            done.quarantined += await assembler.strays()

        await mending(strays, name)
        for study in brought.studies:

            async def one(study: str = study) -> None:
                done.add(await assembler.assemble(study))

            await mending(one, name)
    return done


async def release(parts: Parts, spool_ids: Sequence[str]) -> Studies:
    """Put quarantined objects back in the spool and try their studies again; raises QuarantineUnknown."""
    from spinestream.cases import assembler_of, wanted_of_cases
    from spinestream.running.register import split_settings, with_key

    settings = load(parts.workdir)
    split = with_key(split_settings(), parts.workdir)
    assembler = await assembler_of(parts, settings, split, wanted_of_cases(settings))
    studies = dict.fromkeys([await assembler.release(one) for one in spool_ids])
    done = Studies(quarantined=await assembler.strays())
    for study in studies:
        if study:
            done.add(await assembler.assemble(study))
    return done
