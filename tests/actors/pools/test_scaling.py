"""How many actors a lag calls for, and how slowly a pool shrinks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.pools.scaling import Scaling
from actors.pools.settings import PoolSettings


def pool(least: int = 1, most: int = 4, per_actor: int = 100, patience: float = 10.0) -> PoolSettings:
    return PoolSettings(min_actors=least, max_actors=most, lag_per_actor=per_actor, scale_in_seconds=patience)


@pytest.mark.parametrize(
    ("lag", "enough"), [(0, 1), (1, 1), (100, 1), (101, 2), (200, 2), (399, 4), (401, 4), (10**9, 4)]
)
def test_every_so_many_records_call_for_one_actor_within_the_bounds(lag: int, enough: int) -> None:
    assert Scaling(pool()).enough(lag) == enough


def test_a_pool_that_may_be_empty_is_empty_without_lag_only() -> None:
    scaling = Scaling(pool(least=0))
    assert [scaling.enough(lag) for lag in (0, 1)] == [0, 1]


def test_it_grows_at_once_and_by_as_many_as_are_needed() -> None:
    assert Scaling(pool()).wanted(350, have=1, now=0.0) == 4


def test_while_a_stage_is_paused_none_leaves_and_others_may_come() -> None:
    scaling = Scaling(pool(patience=5.0))
    assert {scaling.wanted(0, 3, float(second), paused=True) for second in range(20)} == {3}
    assert scaling.wanted(350, 3, 20.0, paused=True) == 4
    assert [scaling.wanted(0, 3, float(second)) for second in (21, 25, 26)] == [3, 3, 2]


def test_it_shrinks_one_by_one_each_after_fewer_were_enough_for_a_while() -> None:
    scaling, have, sizes = Scaling(pool()), 4, []
    for second in range(45):
        have = scaling.wanted(50, have, float(second))
        sizes.append(have)
    assert [sizes.index(size) for size in (3, 2, 1)] == [10, 20, 30]
    assert sizes[-1] == 1


def test_lag_that_comes_back_begins_the_wait_anew() -> None:
    scaling = Scaling(pool())
    assert scaling.wanted(50, 2, 0.0) == 2
    assert scaling.wanted(150, 2, 9.0) == 2
    assert scaling.wanted(50, 2, 11.0) == 2
    assert scaling.wanted(50, 2, 20.9) == 2
    assert scaling.wanted(50, 2, 21.0) == 1


@pytest.mark.parametrize(("have", "wanted"), [(0, 1), (3, 3), (9, 4)])
def test_while_the_lag_is_not_known_the_size_stays_within_the_bounds(have: int, wanted: int) -> None:
    scaling = Scaling(pool(patience=0.0))
    assert scaling.wanted(None, have, 0.0) == wanted


def test_time_in_which_the_lag_was_not_known_does_not_count() -> None:
    scaling = Scaling(pool())
    scaling.wanted(0, 3, 0.0)
    scaling.wanted(None, 3, 9.0)
    assert scaling.wanted(0, 3, 10.0) == 3


@given(
    bounds=st.tuples(st.integers(0, 8), st.integers(1, 8)).filter(lambda b: b[0] <= b[1]),
    steps=st.lists(st.tuples(st.none() | st.integers(0, 5_000), st.floats(0, 30)), max_size=60),
)
def test_whatever_comes_the_size_is_within_its_bounds_and_never_falls_by_more_than_one(
    bounds: tuple[int, int], steps: list[tuple[int | None, float]]
) -> None:
    scaling, have, now = Scaling(pool(*bounds)), bounds[0], 0.0
    for lag, passed in steps:
        now += passed
        wanted = scaling.wanted(lag, have, now)
        assert bounds[0] <= wanted <= bounds[1]
        assert wanted >= have - 1
        if lag is not None:
            assert wanted >= scaling.enough(lag) or wanted >= have - 1
        have = wanted
