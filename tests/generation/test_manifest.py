"""The manifest of a dataset: canonical bytes, and the way back."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.dataset import SnapshotRow, manifest_of, rows_of
from generation.dialogue import Party, Utterance
from generation.errors import ManifestInvalid
from generation.items import Axis, Kind
from generation.sources import Language, Split


def row(name: str = "a", text: str = "What is seen?", **fields: object) -> SnapshotRow:
    stated: dict[str, object] = {
        "id": name, "kind": Kind.MCQ, "language": Language.EN, "axis": Axis.PATHOLOGY, "level": "L4/L5",
        "source": "guide", "version": "f" * 64, "simulated": False,
        "dialogue": (Utterance(Party.HUMAN, text), Utterance(Party.MODEL, "An extrusion.")),
    }  # fmt: skip
    return SnapshotRow.model_validate(stated | fields)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=5))
def test_any_text_comes_back_as_it_was(texts: list[str]) -> None:
    rows = tuple(row(f"{number:02}", text) for number, text in enumerate(texts))
    assert rows_of(manifest_of(rows)) == rows


def test_order_does_not_matter_and_lines_are_sorted_by_id() -> None:
    rows = [row("b"), row("a"), row("c")]
    assert manifest_of(rows) == manifest_of(reversed(rows))
    lines = [orjson.loads(line) for line in manifest_of(rows).splitlines()]
    assert [line["id"] for line in lines] == ["a", "b", "c"]
    assert [*lines[0]] == sorted(lines[0])
    assert lines[0]["dialogue"] == [["human", "What is seen?"], ["gpt", "An extrusion."]]


def test_what_comes_back_is_typed() -> None:
    [found] = rows_of(manifest_of([row(licence="MIT", decisions=("a:1",), phantom=True)]))
    assert (found.kind, found.axis, found.split) == (Kind.MCQ, Axis.PATHOLOGY, Split.TRAIN)
    assert found.dialogue[1] == Utterance(Party.MODEL, "An extrusion.")
    assert isinstance(found.dialogue[0].party, Party)
    assert (found.licence, found.decisions, found.phantom) == ("MIT", ("a:1",), True)


def test_no_row_is_no_byte() -> None:
    assert manifest_of([]) == b""
    assert rows_of(b"") == ()


def test_fields_of_a_later_release_are_no_fault() -> None:
    line = orjson.loads(manifest_of([row()]))
    assert rows_of(orjson.dumps(line | {"curriculum": 3})) == (row(),)


@pytest.mark.parametrize(
    ("second", "place"), [(b"{", "value"), (b'{"id": "b"}', "kind"), (b'{"id": "b", "level": 5}', "level")]
)
def test_a_line_that_is_no_row_is_named_and_not_quoted(second: bytes, place: str) -> None:
    with pytest.raises(ManifestInvalid, match=r"line 2 of the manifest") as caught:
        rows_of(manifest_of([row(text="a secret")]) + second)
    assert place in str(caught.value)
    assert "secret" not in str(caught.value)
