"""Exports: samples as JSON lines, without a line of a withdrawn source."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Collection, Sequence
from pathlib import Path
from typing import Literal, NamedTuple
from uuid import uuid4

import orjson

from generation.samples import State
from review_bridge.fill import SourceKey
from review_bridge.record import Record, record_of
from review_bridge.store import SampleStore
from review_bridge.withdrawal import Tombstones

DEFAULT_STATES = (State.QUEUED, State.ACCEPTED, State.EDITED)
"""What an export gives unless asked for more."""

States = Collection[State] | Literal["all"]
"""States to export; "all" is every one but retracted, which is never exported."""

_BATCH = 500


class Exported(NamedTuple):
    """What an export wrote."""

    path: Path
    records: int
    withdrawn: int
    """Lines that were taken out again because their source was withdrawn while the export ran."""


async def export_records(
    store: SampleStore, states: States, withdrawn: Tombstones, *, canonical: bool = False
) -> AsyncIterator[Record]:
    """Give the records of all samples in the states given, sorted by id.

    The tombstones are read after the samples, batch by batch: a record whose source is withdrawn by then is left out.
    `canonical` leaves times and hosts out.
    """
    wanted = {*State} if states == "all" else {*states}
    last = ""
    while samples := await store.list(wanted - {State.RETRACTED}, limit=_BATCH, after=last):
        gone = {*await withdrawn({name for sample in samples if sample.source for name in sample.source})}
        for sample in samples:
            if gone.isdisjoint(sample.source or ()):
                yield record_of(sample, canonical=canonical)
        last = samples[-1].id


async def write_jsonl(
    path: Path, store: SampleStore, states: States, withdrawn: Tombstones, *, canonical: bool = False
) -> Exported:
    """Write the records to `path`, one a line, so that the file is there whole or not at all.

    It is written beside its place; the tombstones are read once more right before it is moved there, and the lines of
    sources that were withdrawn meanwhile are dropped. `canonical` also sorts the keys: the same samples give the same
    bytes.
    """
    option = orjson.OPT_APPEND_NEWLINE | (orjson.OPT_SORT_KEYS if canonical else 0)
    beside = path.with_name(f".{path.name}.{uuid4().hex}.part")
    lines: list[SourceKey] = []
    try:
        with beside.open("xb") as file:
            async for record in export_records(store, states, withdrawn, canonical=canonical):
                file.write(orjson.dumps(record, option=option))
                lines.append(SourceKey(record["source"]["id"], record["source"]["sha256"]))
        written = len(lines)
        while gone := (names := {name for key in lines for name in key}).intersection(await withdrawn(names)):
            lines = _without(beside, lines, gone)
        _flush(beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return Exported(path, len(lines), written - len(lines))


def _without(path: Path, lines: Sequence[SourceKey], gone: set[str]) -> list[SourceKey]:
    """Rewrite the file without the lines of the sources in `gone`; return the sources of the lines that are left."""
    rest = path.with_name(f"{path.name}.rest")
    try:
        with path.open("rb") as old, rest.open("xb") as new:
            new.writelines(line for line, key in zip(old, lines, strict=True) if gone.isdisjoint(key))
        rest.replace(path)
    finally:
        rest.unlink(missing_ok=True)
    return [key for key in lines if gone.isdisjoint(key)]


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
