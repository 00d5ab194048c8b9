"""The documents and studies of a run: what the paths given hold, without what the work folder itself keeps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from spinestream.workdir import Workdir
from streams.intake.documents import Candidate, DocumentSettings, Metadata, Refusal, find_documents
from streams.intake.gateway.finding import TRUTH, StudyFolder, find_studies


class Found(NamedTuple):
    """Files of the paths given."""

    candidates: Sequence[Candidate]
    refusals: Sequence[Refusal]
    studies: Sequence[StudyFolder] = ()


def find(paths: Sequence[Path], metadata: Metadata | None, settings: DocumentSettings, workdir: Workdir) -> Found:
    """Return the documents, the files that are none and the studies; raises FileNotFoundError for a path that does not
    exist.

    A work folder often lies in the very folder that is given: its logs and blobs are no documents of anybody. Nor is
    what lies among the files of a study, and the names of these are told to nobody.
    """
    candidates, refusals = find_documents(paths, metadata, settings)
    kept = workdir.kept
    studies = [one for one in find_studies(paths) if not _below(one.folder, kept)]
    return Found(
        [one for one in candidates if not (_below(one.path, kept) or _of_studies(one.path, studies))],
        [one for one in refusals if not (_below(one.path, kept) or _of_studies(one.path, studies))],
        studies,
    )


def _of_studies(path: Path, studies: Sequence[StudyFolder]) -> bool:
    """Whether a file belongs to studies, or is the list of what phantom studies show."""
    return any(one.holds(path) for one in studies) or (bool(studies) and path.name == TRUTH)


def _below(path: Path, folders: Sequence[Path]) -> bool:
    resolved = path.resolve()
    return any(resolved.is_relative_to(folder) for folder in folders)
