"""What an item must be, and what a version is named by."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from bench.errors import BenchError, ItemInvalid
from bench.items import BenchItem, BenchOption, ItemKind
from bench.items.version import canonical, counted, overlap_of, read_items
from tests.bench.items.examples import item


@pytest.mark.parametrize(
    "changed",
    [
        {"answer": "E"},
        {"options": ()},
        {"options": (BenchOption(id="A", text="same"), BenchOption(id="B", text="same")), "answer": "A"},
        {"options": (BenchOption(id="A", text="one"), BenchOption(id="A", text="two")), "answer": "A"},
        {"kind": ItemKind.IMAGE},
        {"kind": ItemKind.REPORT},
    ],
)
def test_what_cannot_be_asked_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="item item-0001"):
        item(1, **changed)


def test_a_report_is_an_item_of_its_own_kind() -> None:
    made = item(1, kind=ItemKind.REPORT, options=(), answer="", reference="Findings: a bulge.")
    assert made.kind is ItemKind.REPORT


def test_a_blind_prompt_lacks_the_passage_alone() -> None:
    one = item(1)
    assert one.passage in one.prompt()
    assert one.passage not in one.prompt(blind=True)
    assert one.prompt() == f"{one.passage}\n\n{one.prompt(blind=True)}"


def test_an_answer_is_kept_under_what_the_model_sees() -> None:
    one = item(1)
    assert one.asked() == item(1, id="another", case="another", answer="C", twin="x").asked()
    for changed in ({"passage": "other"}, {"question": "other"}, {"options": tuple(reversed(one.options))}):
        assert item(1, **changed).asked() != one.asked()


def test_a_version_is_the_same_in_whatever_order_its_items_come() -> None:
    made = [item(number) for number in range(5)]
    assert canonical(made) == canonical([*reversed(made), made[0]])
    assert read_items(canonical(made)) == tuple(made)
    assert canonical(made) != canonical(made[:4])


def test_two_items_of_one_id_are_refused() -> None:
    with pytest.raises(ItemInvalid, match="item-0001"):
        canonical([item(1), item(1, question="Another?")])
    with pytest.raises(ItemInvalid, match="needs an item"):
        canonical([])


def test_another_format_is_refused() -> None:
    with pytest.raises(BenchError, match="format 9"):
        read_items(orjson.dumps({"format": 9, "items": []}))


def test_items_are_counted_by_every_cut() -> None:
    counts = counted([item(0), item(1), item(2, level="")])
    assert counts["axis"] == {"level_identification": 2, "pathology": 1}
    assert counts["kind"] == {"text": 3}
    assert counts["level"] == {"L2/L3": 1, "L3/L4": 1}


def test_the_overlap_index_knows_passages_and_not_the_questions_of_ours() -> None:
    long = "Sagittal and axial images show a broad based bulge of the disc without contact to any root at all."
    index = overlap_of([item(1, passage=long)])
    assert index.overlaps(long)
    assert not index.overlaps(item(1).question + " Please answer with one of the options below, and nothing else.")
    foreign = item(2, phantom=False, passage="", question=f"{long} Which level?")
    assert overlap_of([foreign]).overlaps(foreign.question)


def _example() -> BenchItem:
    return item(3)


def test_an_item_survives_its_own_json() -> None:
    assert BenchItem.model_validate_json(_example().model_dump_json()) == _example()
