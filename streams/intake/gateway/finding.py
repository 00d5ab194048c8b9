"""Which files of a folder are studies, told by their first bytes. Names of files are PHI: no message holds one."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

REPORT = "report.txt"
"""A report belongs to the studies in its folder and below it."""
TRUTH = "truth.jsonl"
"""What `spinestream phantom` writes beside its studies; no source."""
_MAGIC_AT = 128
_MAGIC = b"DICM"


@dataclass(slots=True)
class StudyFolder:
    """Files that came together: most often one study and its report."""

    folder: Path
    instances: list[Path] = field(default_factory=list)
    report: Path | None = None
    others: list[Path] = field(default_factory=list)
    """Files that are neither: no document may be read from among a patient's files."""
    links: list[Path] = field(default_factory=list)
    """Links, which are not followed."""
    alone: bool = False
    """A single file was given, and what lies beside it is no part of it."""

    @property
    def files(self) -> tuple[Path, ...]:
        """All of them."""
        return (*self.instances, *([self.report] if self.report else ()), *self.others)

    def holds(self, path: Path) -> bool:
        """Whether a path is of the study, or lies where only a patient's files do."""
        if self.alone:
            return path.resolve() in (one.resolve() for one in self.instances)
        # A link lies where it is, whatever it leads to; a path may be spelt in more than one way.
        places = (path.parent.resolve() / path.name, path.resolve())
        return any(place.is_relative_to(self.folder.resolve()) for place in places)


def is_dicom(path: Path) -> bool:
    """Tell a DICOM file by its magic, or by its name where it has none."""
    if path.suffix.lower() in (".dcm", ".dicom"):
        return True
    try:
        with path.open("rb") as file:
            file.seek(_MAGIC_AT)
            return file.read(len(_MAGIC)) == _MAGIC
    except OSError:
        return False


def find_studies(paths: Sequence[Path]) -> list[StudyFolder]:
    """Return the studies among files and folders; hidden files are passed over.

    A folder that holds a DICOM file is a study, together with others of the same nearest `report.txt` in it or above
    it (not above the path given). What else lies in such a folder or below it is of the study, too. Where a folder
    given holds any study, a `report.txt` anywhere in it is no document. A DICOM file given itself is a study of one.
    """
    found: dict[Path, StudyFolder] = {}
    for path in paths:
        if path.is_dir():
            _walk(path, found)
        elif is_dicom(path):
            found[path] = StudyFolder(path.parent, [path], alone=True)
    return list(found.values())


def study_of(folder: Path) -> StudyFolder:
    """Return everything in a folder and below it as one study, whatever it is."""
    found = StudyFolder(folder)
    for path in _files(folder):
        _add(found, path)
    return found


def _walk(root: Path, found: dict[Path, StudyFolder]) -> None:
    files = _files(root)
    holding = {path.parent for path in files if not path.is_symlink() and is_dicom(path)}
    if not holding:
        return
    reported = {path.parent for path in files if path.name.lower() == REPORT}
    tops = reported | {folder for folder in holding if _nearest(folder, reported) is None}
    for path in files:
        top = _nearest(path.parent, tops)
        if top is not None:
            _add(found.setdefault(top, StudyFolder(top)), path)


def _files(folder: Path) -> list[Path]:
    found = []
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        paths = (Path(place, name) for name in sorted(names) if not name.startswith("."))
        found += [path for path in paths if path.is_file() or path.is_symlink()]
    return found


def _nearest(folder: Path, among: set[Path]) -> Path | None:
    """Return the folder itself or the nearest one above it that is among some."""
    return next((one for one in (folder, *folder.parents) if one in among), None)


def _add(study: StudyFolder, path: Path) -> None:
    if path.is_symlink():
        study.links.append(path)
    elif is_dicom(path):
        study.instances.append(path)
    elif path.name.lower() == REPORT and study.report is None:
        study.report = path
    else:
        study.others.append(path)
