"""Level-swap sensitivity: a model that does not read the level cannot have both twins right."""

from __future__ import annotations

import pytest

from bench.statistics import NothingToScore, TableInvalid, Twins, level_swap, twins_of


def test_a_model_that_reads_the_level_has_both_right() -> None:
    found = level_swap([Twins(f"case {number % 10}", True, True) for number in range(40)])
    assert (found.pairs, found.both.value, found.original_only.value) == (40, 1.0, 0.0)
    assert found.both.low > 0.6


def test_a_model_that_ignores_the_level_has_one_right() -> None:
    found = level_swap([Twins(f"case {number % 10}", number % 3 > 0, number % 3 == 0) for number in range(60)])
    assert (found.both.value, found.neither.value) == (0.0, 0.0)
    assert (found.original_only.value, found.swapped_only.value) == pytest.approx((2 / 3, 1 / 3))


def test_the_four_shares_are_all_there_is() -> None:
    pairs = [Twins(str(number), number % 2 > 0, number % 5 > 1) for number in range(50)]
    found = level_swap(pairs)
    four = (found.both, found.original_only, found.swapped_only, found.neither)
    assert sum(one.value for one in four) == pytest.approx(1.0)


def test_pairs_are_found_by_the_ids_of_the_twins() -> None:
    right = {"a": True, "a'": False, "b": True, "b'": True}
    cases = {"a": "1", "a'": "1", "b": "2", "b'": "2"}
    assert twins_of({"b": "b'", "a": "a'"}, right, cases) == (Twins("1", True, False), Twins("2", True, True))


def test_half_a_pair_is_refused() -> None:
    with pytest.raises(TableInvalid, match="1 twins are not answered, the first is a'"):
        twins_of({"a": "a'"}, {"a": True}, {"a": "1"})


def test_no_pair_is_said() -> None:
    with pytest.raises(NothingToScore, match="no item has a twin"):
        level_swap([])
