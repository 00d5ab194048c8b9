"""ShareGPT lines and Parquet: the same records, whole or not at all, without a withdrawn source's."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from pathlib import Path
from typing import Any

import orjson
import pytest
from pyarrow import parquet
from snapshot_samples import NOTES, Made

from generation.dataset import SnapshotRow
from generation.samples import DecisionKind
from review_bridge.snapshots.export import FORMATS, DatasetExported, export_rows, line_of
from review_bridge.snapshots.selection import Candidate, candidate_of

NAME = "d" * 64


def row(made: Made) -> SnapshotRow:
    found = candidate_of(made.sample(), simulated=True)
    assert isinstance(found, Candidate)
    return found.row


ROWS = (
    row(Made(0)),
    row(Made(1, NOTES, simulated=True)),
    row(Made(2, decided=DecisionKind.EDITED, changes={"question": "第四腰椎“椎间盘”?\n\u2028next"})).model_copy(
        update={"images": ("e" * 64,), "licence": None, "phantom": True}
    ),
)


def read(path: Path, form: str) -> list[dict[str, Any]]:
    if form == "parquet":
        found: list[dict[str, Any]] = parquet.read_table(path).to_pylist()
        return found
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def written(path: Path, form: str, *gone: str, rows: tuple[SnapshotRow, ...] = ROWS) -> DatasetExported:
    async def withdrawn(names: Collection[str]) -> set[str]:
        return {*gone} & {*names}

    return asyncio.run(export_rows(rows, NAME, path, form, withdrawn))


def test_a_line_is_in_sharegpt_form() -> None:
    line = line_of(ROWS[1], NAME)
    assert [*line] == ["id", "conversations", "images", "meta"]
    assert [one["from"] for one in line["conversations"]] == ["human", "gpt"]
    assert line["conversations"][1]["value"] == "Disc extrusion at L4/L5\nThe report says so."
    assert line["meta"] == {
        "kind": "mcq", "language": "en", "axis": "pathology", "level": "L4/L5", "source": "notes",
        "version": NOTES.version, "licence": "CC-BY-4.0", "split": "train", "state": "accepted",
        "decisions": [f"{ROWS[1].id}:1"], "simulated": True, "phantom": False, "snapshot": NAME,
    }  # fmt: skip


@pytest.mark.parametrize("form", [*FORMATS])
def test_every_record_comes_back_from_the_file(form: str, tmp_path: Path) -> None:
    done = written(tmp_path / "out", form)
    assert (done.records, done.withdrawn) == (3, 0)
    assert read(tmp_path / "out", form) == [line_of(one, NAME) for one in ROWS]
    assert [one["meta"]["simulated"] for one in read(tmp_path / "out", form)] == [False, True, False]


@pytest.mark.parametrize("form", [*FORMATS])
def test_nothing_is_a_file_too(form: str, tmp_path: Path) -> None:
    assert written(tmp_path / "out", form, rows=()).records == 0
    assert read(tmp_path / "out", form) == []


@pytest.mark.parametrize("form", [*FORMATS])
@pytest.mark.parametrize("name", ["notes", NOTES.version])
def test_lines_of_a_withdrawn_source_are_left_out_and_counted(form: str, name: str, tmp_path: Path) -> None:
    done = written(tmp_path / "out", form, name)
    assert (done.records, done.withdrawn) == (2, 1)
    assert [one["meta"]["source"] for one in read(tmp_path / "out", form)] == ["guide", "guide"]


@pytest.mark.parametrize("looks", [1, 2])
def test_a_source_withdrawn_while_it_is_written_is_left_out(looks: int, tmp_path: Path) -> None:
    """`looks` is how often the tombstones are read before the one of `guide` is there; that of `notes` comes last."""
    count = 0

    async def withdrawn(names: Collection[str]) -> set[str]:
        nonlocal count
        count += 1
        there = [*(["guide"] if count > 1 else []), *(["notes"] if count > looks else [])]
        return {*there} & {*names}

    done = asyncio.run(export_rows(ROWS, NAME, tmp_path / "out", "sharegpt", withdrawn))
    assert (done.records, done.withdrawn, read(tmp_path / "out", "sharegpt")) == (0, 3, [])
    assert [file.name for file in tmp_path.iterdir()] == ["out"]


def test_a_failure_leaves_the_old_file_and_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_text("old")
    calls = 0

    async def withdrawn(names: Collection[str]) -> set[str]:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise ConnectionError
        return set()

    with pytest.raises(ConnectionError):
        asyncio.run(export_rows(ROWS, NAME, path, "parquet", withdrawn))
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("out", "old")]
