"""The documents of a run: what the paths given hold, without what the work folder itself keeps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from spinestream.workdir import Workdir
from streams.intake.documents import Candidate, DocumentSettings, Metadata, Refusal, find_documents


class Found(NamedTuple):
    """Files of the paths given."""

    candidates: Sequence[Candidate]
    refusals: Sequence[Refusal]


def find(paths: Sequence[Path], metadata: Metadata | None, settings: DocumentSettings, workdir: Workdir) -> Found:
    """Return the documents and the files that are none; raises FileNotFoundError for a path that does not exist.

    A work folder often lies in the very folder that is given: its logs and blobs are no documents of anybody.
    """
    candidates, refusals = find_documents(paths, metadata, settings)
    kept = workdir.kept
    return Found(
        [one for one in candidates if not _below(one.path, kept)],
        [one for one in refusals if not _below(one.path, kept)],
    )


def _below(path: Path, folders: Sequence[Path]) -> bool:
    resolved = path.resolve()
    return any(resolved.is_relative_to(folder) for folder in folders)
