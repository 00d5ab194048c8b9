"""A checkpoint: one file that is there whole or not at all; and whether a run has come to its end."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from generation.ids import digest
from training.lora.job import RESULT, ROWS, Job, Result
from training.settings import NO_INFLUENCE


@dataclass(frozen=True)
class Checkpoint:
    """Where a run stands; no state of a random generator, since every draw is a function of the step."""

    identity: str
    """Of the run that it is a checkpoint of."""
    weights: dict[str, Any]
    optimizer: dict[str, Any]
    losses: Sequence[float]
    """One a step done."""
    tokens: int
    seconds: float
    resumed: int

    def write(self, file: Path) -> None:
        """Put it in the place of the one before."""
        import torch

        part = file.with_name(f"{file.name}.{os.getpid()}.part")
        with part.open("wb") as stream:
            torch.save({**vars(self), "losses": list(self.losses)}, stream)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(file)

    @classmethod
    def read(cls, file: Path, identity: str) -> Checkpoint | None:
        """Return the checkpoint of a run; None where there is none, or it is another run's."""
        import torch

        if not file.exists():
            return None
        found = cls(**torch.load(file, map_location="cpu", weights_only=True))
        return found if found.identity == identity else None


def identity_of(job: Job) -> str:
    """Return what a checkpoint or a result must be of, for a job to go on from it: its rows, what of the settings
    decides about the adapter, the model and the parent."""
    settings = job.settings.model_dump(mode="json", exclude=set(NO_INFLUENCE))
    rows = digest((job.folder / ROWS).read_bytes())
    parent = job.parent.name if job.parent else ""
    return digest(orjson.dumps([rows, settings, job.model, parent], option=orjson.OPT_SORT_KEYS))


def finished(job: Job) -> Result | None:
    """Return what a job has to say that has come to its end; None for one that has not."""
    file = job.folder / RESULT
    if not file.exists():
        return None
    found = Result.model_validate_json(file.read_bytes())
    return found if found.identity == identity_of(job) else None
