"""The rows of a frozen dataset, and its manifest: the bytes whose sha256 is the dataset's name.

The manifest holds no time and no host, one row a line in the order of their ids, keys sorted: the same samples give the
same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable

import orjson
from pydantic import Field, ValidationError

from generation.dialogue import Utterance
from generation.errors import ManifestInvalid
from generation.items import Axis, Kind
from generation.model import Growing
from generation.samples import State
from generation.sources import Language, Split

_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE


class SnapshotRow(Growing):
    """One sample as it may be trained on."""

    id: str
    """Item id."""
    kind: Kind
    language: Language
    axis: Axis
    level: str
    """Canonical level of the target: `L4/L5`, `L4`."""
    source: str
    """Source id."""
    version: str = Field(pattern="^[0-9a-f]{64}$")
    """sha256 of the source's bytes."""
    licence: str | None = None
    split: Split = Split.TRAIN
    state: State = State.ACCEPTED
    """`accepted` or `edited`."""
    decisions: tuple[str, ...] = ()
    """Ids of every decision on the sample, the latest last."""
    simulated: bool
    """True when no person decided, or somewhere on the way none did."""
    phantom: bool = False
    """True when its source is a study of nobody, made by `spinestream phantom`."""
    images: tuple[str, ...] = ()
    """sha256 of the PNG bytes of the source's pictures, in order."""
    dialogue: tuple[Utterance, ...] = Field(min_length=1)
    """The conversation (`generation.dialogue.dialogue_of`), a person's edits in it."""


def manifest_of(rows: Iterable[SnapshotRow]) -> bytes:
    """Return the canonical manifest: JSON lines, ordered by id; no rows give no bytes."""
    ordered = sorted(rows, key=lambda row: row.id)
    return b"".join(orjson.dumps(row.model_dump(mode="json"), option=_OPTIONS) for row in ordered)


def rows_of(manifest: bytes) -> tuple[SnapshotRow, ...]:
    """Return the rows of a manifest in its order; raises ManifestInvalid naming the line, without quoting it."""
    return tuple(_row(line, number) for number, line in enumerate(manifest.splitlines(), 1))


def _row(line: bytes, number: int) -> SnapshotRow:
    try:
        return SnapshotRow.model_validate_json(line)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        places = sorted({".".join(map(str, one["loc"])) or "value" for one in faults})
        raise ManifestInvalid(number, places[:5]) from error
