"""Brings the files of a folder into the spool: a folder given to `ingest`, or those of the watched folder."""

from __future__ import annotations

import logging
import re
import shutil
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from streams.intake.gateway.finding import REPORT, StudyFolder, is_dicom, study_of
from streams.intake.gateway.settings import MIB
from streams.intake.gateway.spool import Spool

log = logging.getLogger(__name__)

MARK = ".complete"
"""An empty file of this name in a subfolder of the watched folder says that all of it is there."""
_LEAST_ACCESSION = 4
"""Characters of an accession number that a report may be matched by: a shorter one is found in any text."""


@dataclass(slots=True)
class Brought:
    """What is durable in the spool now."""

    studies: list[str] = field(default_factory=list)
    """Folders of the spool."""
    instances: int = 0
    strays: int = 0
    """What belongs to no study: it goes to quarantine."""
    left: int = 0
    """Files that were left where they are: too large, links, or they cannot be read."""
    taken: list[Path] = field(default_factory=list)


def bring(folder: StudyFolder, spool: Spool, max_instance_mb: int, *, whole: bool = True) -> Brought:
    """Bring a study's files into the spool; files stay where they are.

    The report of a `whole` folder is that of the instances in it. A report beside instances of several studies, or of
    none, or of a folder that is not whole, goes to the study whose accession number it names. Raises SpoolFull.
    """
    brought = Brought(left=len(folder.links))
    for path in folder.instances:
        content = _content(path, max_instance_mb, brought)
        if content is not None:
            accepted = spool.accept(content)
            brought.instances += bool(accepted.study)
            brought.strays += not accepted.study
            if accepted.study and accepted.study not in brought.studies:
                brought.studies.append(accepted.study)
    if folder.report is not None:
        _bring_report(folder.report, spool, max_instance_mb, brought, whole)
    for path in folder.others:
        content = _content(path, max_instance_mb, brought)
        if content is not None:
            spool.accept_stray(content, ".other")
            brought.strays += 1
    return brought


def _content(path: Path, max_mb: int, brought: Brought) -> bytes | None:
    """Return a file's bytes; None, and counted, where it is too large or cannot be read."""
    try:
        if path.stat().st_size <= max_mb * MIB:
            content = path.read_bytes()
            brought.taken.append(path)
            return content
    except OSError:
        pass
    brought.left += 1
    return None


def _bring_report(path: Path, spool: Spool, max_mb: int, brought: Brought, whole: bool) -> None:
    content = _content(path, max_mb, brought)
    if content is None:
        return
    text = content.decode("utf-8-sig", errors="surrogateescape")
    beside = brought.studies if whole else []
    study = beside[0] if len(beside) == 1 else matched(text, accessions(spool, beside or spool.studies()))
    if study is None or not _is_text(text):
        spool.accept_stray(content, ".txt")
        brought.strays += 1
        return
    spool.accept_report(study, text)


def _is_text(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def accessions(spool: Spool, studies: Iterable[str]) -> dict[str, str]:
    """Return the accession number in the header of each study that lies in the spool; they are PHI."""
    keys = ((study, spool.first_keys(study)) for study in studies)
    return {study: found.accession for study, found in keys if found is not None}


def matched(text: str, found: Mapping[str, str]) -> str | None:
    """Return the one study whose accession number a report names as a whole word; None where none or several do."""
    named = [
        study
        for study, accession in found.items()
        if len(accession) >= _LEAST_ACCESSION and re.search(rf"(?<!\w){re.escape(accession)}(?!\w)", text)
    ]
    return named[0] if len(named) == 1 else None


class WatchedFolder:
    """A folder whose subfolders come in, a study each, and so do DICOM files that lie in it loose.

    What was taken is removed from it once it is durable in the spool.
    """

    def __init__(self, root: Path, spool: Spool, stable_seconds: float, max_instance_mb: int) -> None:
        self._root = root
        self._spool = spool
        self._stable = stable_seconds
        self._max = max_instance_mb
        self._left = 0

    def take(self) -> int:
        """Bring in what is whole; returns the number of instances. Raises SpoolFull."""
        taken = left = 0
        for folder in self._folders():
            whole = folder.folder != self._root
            brought = bring(folder, self._spool, self._max, whole=whole)
            for study in brought.studies if whole else ():
                self._spool.complete(study)
            taken, left = taken + brought.instances, left + brought.left
            for path in brought.taken:
                path.unlink(missing_ok=True)
            if folder.folder != self._root:
                _remove_empty(folder.folder)
        if left != self._left:
            self._left = left
            log.warning("%d files of the watched folder stay there: too large, links, or they cannot be read", left)
        return taken

    def _folders(self) -> list[StudyFolder]:
        try:
            entries = sorted(one for one in self._root.iterdir() if not one.name.startswith("."))
        except OSError as error:
            log.warning("the watched folder cannot be opened (%s)", error.strerror)
            return []
        folders = [one for one in entries if one.is_dir() and not one.is_symlink()]
        found = [study_of(one) for one in folders if (one / MARK).exists() or self._settled(one)]
        loose = [one for one in entries if one.is_file() and not one.is_symlink() and self._settled(one)]
        files = StudyFolder(self._root, [one for one in loose if is_dicom(one)])
        files.report = next((one for one in loose if one.name.lower() == REPORT), None)
        return found + ([files] if files.files else [])

    def _settled(self, path: Path) -> bool:
        """Whether nothing in it has changed for a while."""
        try:
            last = max(one.stat().st_mtime for one in (path, *(path.rglob("*") if path.is_dir() else ())))
        except OSError:
            return False
        return bool(abs(time.time() - last) >= self._stable)


def _remove_empty(folder: Path) -> None:
    """Remove a folder in which no file is left but the mark; what came meanwhile stays."""
    if all(one.is_dir() or one.name == MARK for one in folder.rglob("*")):
        shutil.rmtree(folder, ignore_errors=True)
