"""Candidate beside champion: what is counted, what is refused."""

from __future__ import annotations

import random

import orjson
import pytest

from bench.statistics import Answer, NothingToScore, TableInvalid, compare, difference, score

TABLE = (
    Answer("1", "a", "pathology", True, False),
    Answer("2", "a", "pathology", True, True),
    Answer("3", "b", "pathology", False, True),
    Answer("4", "b", "level_identification", True, False),
    Answer("5", "c", "level_identification", True, False, ("level:L4/L5",)),
    Answer("6", "c", "level_identification", False, False, ("level:L4/L5",)),
)


def test_all_comes_first_then_axes_then_cuts() -> None:
    assert [one.axis for one in compare(TABLE)] == ["all", "level_identification", "pathology", "level:L4/L5"]


def test_each_result_counts_its_items() -> None:
    whole, level, pathology, cut = compare(TABLE)
    assert (whole.items, whole.cases, whole.gained, whole.lost) == (6, 3, 3, 1)
    assert (whole.candidate, whole.champion, whole.difference) == pytest.approx((4 / 6, 2 / 6, 2 / 6))
    assert (level.items, level.cases, level.gained, level.lost) == (3, 2, 2, 0)
    assert (pathology.items, pathology.cases, pathology.difference) == (3, 2, 0.0)
    assert (cut.items, cut.cases, cut.low, cut.high, cut.error) == (2, 1, -1.0, 1.0, 0.0)


def test_interval_and_error_are_those_by_case() -> None:
    whole = compare(TABLE)[0]
    ours, theirs = ([float(getattr(one, name)) for one in TABLE] for name in ("candidate", "champion"))
    found = difference(ours, theirs, [one.case for one in TABLE])
    assert (whole.low, whole.high, whole.error) == (found.low, found.high, found.error)


def test_the_scores_have_bands_by_case_too() -> None:
    whole = compare(TABLE)[0]
    cases = [one.case for one in TABLE]
    ours = score([float(one.candidate) for one in TABLE], cases)
    theirs = score([float(one.champion) for one in TABLE], cases)
    assert (whole.candidate_low, whole.candidate_high) == (ours.low, ours.high)
    assert (whole.champion_low, whole.champion_high) == (theirs.low, theirs.high)


def test_the_order_of_the_rows_does_not_matter() -> None:
    mixed = list(TABLE)
    random.Random(4).shuffle(mixed)
    for one, other in zip(compare(TABLE), compare(mixed), strict=True):
        assert one.model_dump() == pytest.approx(other.model_dump())


def test_a_table_comes_back_from_what_is_stored() -> None:
    stored = orjson.loads(orjson.dumps([one.line() for one in TABLE]))
    assert set(stored[0]) == {"item", "case", "axis", "candidate", "champion"}
    assert tuple(Answer.of(line) for line in stored) == TABLE


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ({"item": "1", "case": "a", "axis": "x", "candidate": True}, "lacks 'champion'"),
        ({"item": "1", "case": "a", "axis": "x", "candidate": True, "champion": 1}, "true or false"),
    ],
)
def test_a_line_that_is_none_is_refused(line: dict[str, object], fault: str) -> None:
    with pytest.raises(TableInvalid, match=fault):
        Answer.of(line)


def test_an_empty_table_cannot_be_compared() -> None:
    with pytest.raises(NothingToScore, match="the answer table is empty"):
        compare(())


def test_an_item_that_comes_twice_is_refused() -> None:
    with pytest.raises(TableInvalid, match="item 1 is in the table twice"):
        compare((*TABLE, TABLE[0]))


@pytest.mark.parametrize(
    "row", [Answer("7", "d", "all", True, True), Answer("7", "d", "x", True, True, ("pathology",))]
)
def test_two_results_of_one_name_are_refused(row: Answer) -> None:
    with pytest.raises(TableInvalid, match="would name two results"):
        compare((*TABLE, row))
