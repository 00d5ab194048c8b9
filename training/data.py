"""Which samples a run is trained on: those that its parent has not seen, and a share of those that it has.

Where steps are bounded, a run takes no more samples than its steps show at least once: the others are new to the next.

Snapshots hold everything that is accepted, so what the parent has seen and a person has rejected since, or a source
that was withdrawn, is in none of them any more. Only rows of the run's own snapshot are trained on for that reason.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from typing import NamedTuple

import orjson

from generation.dataset import SnapshotRow
from generation.ids import digest
from training.settings import TrainSettings


class Chosen(NamedTuple):
    """The rows of a run, ordered by id."""

    rows: tuple[SnapshotRow, ...]
    new: int
    """Rows that the parent has not seen."""
    replayed: int
    """Rows that it has."""
    left: int
    """Rows that the parent has not seen and that this run has no steps for."""


def row_digest(row: SnapshotRow) -> str:
    """Return the name of what a row teaches (64 hex digits): an edit makes it another one."""
    return digest(orjson.dumps([row.id, *([one.party, one.text] for one in row.dialogue)]))


def chosen(rows: Sequence[SnapshotRow], seen: Collection[str], settings: TrainSettings) -> Chosen:
    """Return what to train on of a snapshot's rows; `seen` are the `row_digest`s of what the parent was trained on.

    What is drawn depends on the seed and on the rows only.
    """
    known = sorted((row for row in rows if row_digest(row) in seen), key=lambda row: row.id)
    unseen = sorted((row for row in rows if row_digest(row) not in seen), key=lambda row: row.id)
    room = settings.max_steps * settings.batch or len(rows)
    most = room - min(len(known), round(room * settings.replay))
    new = unseen if len(unseen) <= most else random.Random(f"new {settings.seed}").sample(unseen, most)
    wanted = min(len(known), room - len(new), round(len(new) * settings.replay / (1 - settings.replay)))
    replayed = random.Random(f"replay {settings.seed}").sample(known, wanted)
    every = sorted((*new, *replayed), key=lambda row: row.id)
    return Chosen(tuple(every), len(new), len(replayed), len(unseen) - len(new))


def seen_of(content: bytes) -> frozenset[str]:
    """Read back what `seen_blob` wrote."""
    return frozenset(content.decode().split())


def seen_blob(before: Collection[str], rows: Sequence[SnapshotRow]) -> bytes:
    """Return everything an adapter has seen, its ancestors included, as one `row_digest` a line, sorted."""
    return "\n".join(sorted({*before, *(row_digest(row) for row in rows)})).encode()
