"""Exports of a frozen dataset: ShareGPT lines or Parquet, without a line of a source that was withdrawn since."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple
from uuid import uuid4

import orjson

from generation.dataset import SnapshotRow
from review_bridge.withdrawal import Tombstones

Line = dict[str, Any]
"""A line of an export as JSON; its fields are those of `line_of`."""

_GROUP = 1000
"""Rows of a Parquet row group."""


class DatasetExported(NamedTuple):
    """What an export wrote."""

    path: Path
    records: int
    withdrawn: int
    """Rows of the snapshot that were left out because their source is withdrawn."""


async def export_rows(
    rows: Sequence[SnapshotRow], snapshot: str, path: Path, form: str, withdrawn: Tombstones
) -> DatasetExported:
    """Write the rows of the snapshot of that digest to `path`, so that the file is there whole or not at all.

    `form` is a name of `FORMATS`. It is written beside its place; the tombstones are read before, and once more right
    before it is moved there: it is written anew where a source was withdrawn meanwhile. The marks `simulated` and
    `phantom` are on every line.
    """
    beside = path.with_name(f".{path.name}.{uuid4().hex}.part")
    names = {name for row in rows for name in (row.source, row.version)}
    gone, kept = await _live(rows, names, withdrawn)
    try:
        while True:
            _write(beside, form, [line_of(row, snapshot) for row in kept])
            before = gone
            gone, kept = await _live(rows, names, withdrawn)
            if gone == before:
                break
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return DatasetExported(path, len(kept), len(rows) - len(kept))


async def _live(
    rows: Sequence[SnapshotRow], names: set[str], withdrawn: Tombstones
) -> tuple[frozenset[str], list[SnapshotRow]]:
    gone = frozenset(await withdrawn(names))
    return gone, [row for row in rows if gone.isdisjoint((row.source, row.version))]


def line_of(row: SnapshotRow, snapshot: str) -> Line:
    """Return a row in ShareGPT form: `conversations` of `from` (`system`, `human`, `gpt`) and `value`; `images` are
    sha256 of PNG bytes, their addresses in the blob store."""
    meta = row.model_dump(mode="json", exclude={"id", "dialogue", "images"})
    return {
        "id": row.id,
        "conversations": [{"from": one.party.value, "value": one.text} for one in row.dialogue],
        "images": [*row.images],
        "meta": {**meta, "snapshot": snapshot},
    }


def _write(path: Path, form: str, lines: Sequence[Line]) -> None:
    with path.open("wb") as file:
        FORMATS[form](lines, file)
        file.flush()
        os.fsync(file.fileno())


def _sharegpt(lines: Sequence[Line], file: IO[bytes]) -> None:
    for line in lines:
        file.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))


def _parquet(lines: Sequence[Line], file: IO[bytes]) -> None:
    import pyarrow
    from pyarrow import parquet

    text, texts, truth = pyarrow.string(), pyarrow.list_(pyarrow.string()), pyarrow.bool_()
    names = ("kind", "language", "axis", "level", "source", "version", "licence", "split", "state", "snapshot")
    meta = [
        *((name, text) for name in names),
        ("decisions", texts),
        *((name, truth) for name in ("simulated", "phantom")),
    ]
    said = pyarrow.struct([("from", text), ("value", text)])
    schema = pyarrow.schema(
        [("id", text), ("conversations", pyarrow.list_(said)), ("images", texts), ("meta", pyarrow.struct(meta))]
    )
    table = pyarrow.Table.from_pylist([*lines], schema=schema)
    parquet.write_table(table, file, row_group_size=_GROUP)


Writer = Callable[[Sequence[Line], IO[bytes]], None]
FORMATS: Mapping[str, Writer] = {"sharegpt": _sharegpt, "parquet": _parquet}
"""Writers by the name of their form."""
