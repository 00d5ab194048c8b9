"""Scores: beside chance, majority and blind, failures apart, twins counted."""

from __future__ import annotations

import pytest

from bench.errors import NotScored
from bench.runner.answerer import Answered, Method
from bench.runner.run import Sheet
from bench.runner.tally import beside_baselines, rows_of, scores_of, swap_of
from bench.statistics import compare
from tests.bench.items.examples import item

ITEMS = [item(number) for number in range(40)]


def _sheet(right: int, method: Method = Method.LIKELIHOOD) -> dict[str, Answered]:
    """Right on the first so many items, wrong on the others."""
    wrong = {"A": "B", "B": "C", "C": "D", "D": "A"}
    return {one.id: Answered(one.answer if number < right else wrong[one.answer]) for number, one in enumerate(ITEMS)}


def test_a_score_stands_beside_its_baselines() -> None:
    sheet: Sheet = {Method.LIKELIHOOD: _sheet(30), Method.BLIND: _sheet(10)}
    found = {(one.method, one.axis): one for one in scores_of(ITEMS, sheet)}
    whole = found[Method.LIKELIHOOD, "all"]
    assert (whole.items, whole.cases) == (40, 14)
    assert whole.score.value == pytest.approx(0.75)
    assert whole.score.low < 0.75 < whole.score.high
    assert (whole.chance, whole.blind) == (0.25, 0.25)
    assert whole.majority == pytest.approx(0.25)
    assert set(whole.above) == {"chance", "majority", "blind"}
    assert whole.above["blind"].value == pytest.approx(0.5)
    assert whole.not_above == ()
    assert set(found[Method.BLIND, "all"].above) == {"chance", "majority"}
    assert found[Method.BLIND, "all"].not_above == ("chance", "majority")
    assert {axis for _, axis in found} == {"all", "level_identification", "pathology"}
    assert found[Method.LIKELIHOOD, "pathology"].items == 20


def test_levels_of_a_comparison_have_their_baselines_too() -> None:
    blind = _sheet(10)
    axes = compare(rows_of(ITEMS, _sheet(30), _sheet(20)))
    found = {one.axis: one for one in beside_baselines(axes, ITEMS, blind)}
    assert any(axis.startswith("level:") for axis in found)
    for axis, one in found.items():
        own = [it for it in ITEMS if axis in ("all", it.axis, f"level:{it.level}")]
        assert len(own) == one.items
        assert one.chance == pytest.approx(0.25)
        assert one.majority == max(sum(it.answer == letter for it in own) for letter in "ABCD") / len(own)
        assert one.blind == sum(blind[it.id].option == it.answer for it in own) / len(own)
    assert all(one.blind is None for one in beside_baselines(axes, ITEMS, None))


def test_what_cannot_be_read_is_wrong_and_counted_apart() -> None:
    answers = _sheet(40) | {ITEMS[0].id: Answered(None, fault="cut-off")}
    [whole, *_] = scores_of(ITEMS, {Method.CHOICE: answers})
    assert (whole.failures, whole.score.value) == (1, pytest.approx(39 / 40))
    assert whole.blind is None


def test_no_item_gives_no_score() -> None:
    with pytest.raises(NotScored):
        scores_of([], {Method.LIKELIHOOD: {}})


def test_twins_tell_whether_the_level_was_read() -> None:
    pairs = [
        (item(n, twin=f"twin-{n}"), item(n, id=f"twin-{n}", twin=item(n).id, swapped=True, answer="ABCD"[(n + 1) % 4]))
        for n in range(12)
    ]
    items = [one for pair in pairs for one in pair]
    blind = {one.id: Answered(first.answer) for first, second in pairs for one in (first, second)}
    found = swap_of(items, {Method.LIKELIHOOD: blind}, Method.LIKELIHOOD)
    assert found is not None
    assert (found.pairs, found.both.value, found.original_only.value) == (12, 0.0, 1.0)
    right = {one.id: Answered(one.answer) for one in items}
    found = swap_of(items, {Method.LIKELIHOOD: right}, Method.LIKELIHOOD)
    assert found is not None
    assert found.both.value == 1.0


def test_a_twin_without_its_other_half_is_no_pair() -> None:
    alone = [item(1, twin="gone")]
    assert swap_of(alone, {Method.LIKELIHOOD: {}}, Method.LIKELIHOOD) is None


def test_the_answer_table_has_a_row_an_item_and_is_cut_by_level() -> None:
    rows = rows_of(ITEMS, _sheet(30), _sheet(20))
    assert [row.item for row in rows] == [one.id for one in ITEMS]
    assert sum(row.candidate for row in rows) == 30
    assert sum(row.champion for row in rows) == 20
    assert rows[0].cuts == ("level:L2/L3",)
    assert set(rows[0].line()) == {"item", "case", "axis", "candidate", "champion", "cuts"}
