"""The spool: the one place where originals lie, from their acknowledgement until their case is in the store.

    incoming/                what is being written
    studies/<study>/         instances `<spool id>.dcm`, reports `report-<digest>.txt`, `complete` once it is all here
    strays/                  what belongs to no study: no DICOM, or without the identifiers that tell where it belongs
    quarantine/              what was refused
    assembly.lock            held by who assembles

Every name is keyed (`SpoolNames`), every folder is 0700, every file 0600. Nothing is kept in memory, so a new process
goes on where a killed one stood. Safe to call from several threads and processes.
"""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from streams.intake.deid import ObjectRefused, OriginalKeys, original_keys
from streams.intake.gateway.durable import move_durably, sync_folder, write_durably
from streams.intake.gateway.errors import SpoolFull
from streams.intake.gateway.names import SpoolNames
from streams.intake.gateway.settings import MIB

_COMPLETE = "complete"
_UNFINISHED_SECONDS = 600.0
"""Age of a half-written file at which nobody writes it any more."""


class Accepted(NamedTuple):
    """Something that is durable in the spool."""

    study: str
    """Its study's folder; empty for a stray."""
    id: str
    """Spool id."""
    new: bool
    """False for one that lay there already."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A study's folder at one moment."""

    study: str
    instances: tuple[Path, ...]
    """In the order they came."""
    reports: tuple[Path, ...]
    """In the order they came: the last one counts."""
    complete: bool
    last: float
    """When the last of it came: seconds since the epoch."""

    @property
    def files(self) -> tuple[Path, ...]:
        """All that is to be gone once the case is in the store."""
        return (*self.instances, *self.reports)


class Spool:
    """Originals on their way in."""

    def __init__(self, root: Path, names: SpoolNames, min_free_mb: int = 0) -> None:
        """Make the folders below `root` where they are not there, and close them to others."""
        self.root = root
        self.names = names
        self._min_free = min_free_mb * MIB
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        root.chmod(0o700)
        for folder in (self._incoming, self._studies, self.strays_folder, self.quarantine):
            folder.mkdir(mode=0o700, exist_ok=True)
        sync_folder(root)

    @property
    def _incoming(self) -> Path:
        return self.root / "incoming"

    @property
    def _studies(self) -> Path:
        return self.root / "studies"

    @property
    def strays_folder(self) -> Path:
        """What belongs to no study."""
        return self.root / "strays"

    @property
    def quarantine(self) -> Path:
        """What was refused."""
        return self.root / "quarantine"

    @property
    def lock(self) -> Path:
        """The file that who assembles holds an flock on."""
        return self.root / "assembly.lock"

    def accept(self, content: bytes) -> Accepted:
        """Keep one DICOM file; it is durable when this returns. The same instance again is one file.

        Another file of the same SOP Instance UID is kept beside it: who assembles sets it aside. Raises SpoolFull.
        """
        try:
            keys = original_keys(content)
        except ObjectRefused:
            return self.accept_stray(content, ".dcm")
        study, spool_id = self.names.study(keys.study_uid), self.names.instance(keys.sop_uid, content)
        return Accepted(study, spool_id, self._keep(content, self._studies / study / f"{spool_id}.dcm"))

    def accept_report(self, study: str, text: str) -> Accepted:
        """Keep a report for a study's folder; raises SpoolFull."""
        content = text.encode()
        spool_id = f"report-{self.names.content(content)}"
        return Accepted(study, spool_id, self._keep(content, self._studies / study / f"{spool_id}.txt"))

    def accept_stray(self, content: bytes, suffix: str) -> Accepted:
        """Keep something that belongs to no study; raises SpoolFull."""
        spool_id = f"stray-{self.names.content(content)}"
        return Accepted("", spool_id, self._keep(content, self.strays_folder / f"{spool_id}{suffix}"))

    def complete(self, study: str) -> None:
        """Say that nothing more of a study comes now: it need not wait for its quiet period."""
        if (self._studies / study).is_dir():
            self._keep(b"", self._studies / study / _COMPLETE)

    def studies(self) -> list[str]:
        """Return the studies that lie here."""
        return sorted(one.name for one in self._studies.iterdir())

    def waiting(self, study: str) -> Waiting | None:
        """Return what lies here of a study, None where nothing does."""
        try:
            found = sorted((one.stat().st_mtime_ns, one.name, one) for one in (self._studies / study).iterdir())
        except FileNotFoundError:
            return None
        paths = [path for _, _, path in found]
        return Waiting(
            study=study,
            instances=tuple(path for path in paths if path.suffix == ".dcm"),
            reports=tuple(path for path in paths if path.suffix == ".txt"),
            complete=any(path.name == _COMPLETE for path in paths),
            last=found[-1][0] / 1e9 if found else 0.0,
        )

    def strays(self) -> list[Path]:
        """Return what belongs to no study."""
        return sorted(self.strays_folder.iterdir())

    def first_keys(self, study: str) -> OriginalKeys | None:
        """Return the identifiers in the header of one instance of a study that lies here; they are PHI."""
        found = self.waiting(study)
        for path in found.instances if found else ():
            try:
                return original_keys(path.read_bytes())
            except (ObjectRefused, FileNotFoundError):
                continue
        return None

    def remove(self, waiting: Waiting) -> None:
        """Remove what was taken in. What came meanwhile stays."""
        folder = self._studies / waiting.study
        if waiting.complete:
            (folder / _COMPLETE).unlink(missing_ok=True)
        self.forget(waiting.files)
        try:
            folder.rmdir()
        except OSError:  # something came meanwhile
            return
        sync_folder(self._studies)

    def forget(self, files: Iterable[Path]) -> None:
        """Remove files for good."""
        for file in files:
            file.unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove what killed writers left unfinished: it was never acknowledged, and originals are not to stay."""
        oldest = time.time() - _UNFINISHED_SECONDS
        for part in self._incoming.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if part.stat().st_mtime < oldest:
                    part.unlink()

    def set_aside(self, file: Path) -> None:
        """Move a file of the spool to the quarantine."""
        move_durably(file, self.quarantine / file.name)

    def put_back(self, spool_id: str, study: str) -> bool:
        """Move a file from the quarantine back to its study, or to the strays; False where it is not there."""
        found = next((one for one in self.quarantine.iterdir() if one.stem == spool_id), None)
        if found is None:
            return False
        move_durably(found, (self._studies / study if study else self.strays_folder) / found.name)
        return True

    def room(self) -> bool:
        """Whether the disk is above its watermark."""
        return shutil.disk_usage(self.root).free >= self._min_free

    def _keep(self, content: bytes, place: Path) -> bool:
        """Return whether it is new; it is durable either way."""
        if not self.room():
            raise SpoolFull("the spool's disk is below its watermark; make room, then send again")
        if place.exists():
            # Another thread may have renamed it a moment ago.
            sync_folder(place.parent)
            return False
        try:
            write_durably(content, place, self._incoming)
        except OSError as error:
            raise SpoolFull(f"the spool cannot be written ({error.strerror}); make room, then send again") from error
        return True
