"""What a `run` or an `ingest` is asked to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from streams.intake.documents import Metadata
from streams.payloads import Wanted


@dataclass(frozen=True)
class RunRequest:
    """Documents, and what is wanted of them."""

    paths: Sequence[Path]
    wanted: Sequence[Wanted]
    """What is asked of every document."""
    metadata: Metadata | None = None
    """Goes before what side files say."""
    licence: str | None = None
    """Of the documents that name none."""
    deadline_seconds: float | None = None
    """Counted from the start of the run."""
    wanted_of_studies: Sequence[Wanted] | None = None
    """What is asked of every study, where it is not the same."""
