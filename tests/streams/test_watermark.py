"""The contiguous watermark against a naive model of one partition."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.watermark import Watermark

# Each step: start the next record after a gap of so many offsets, or finish the n-th of those that are open.
STEPS = st.lists(
    st.one_of(st.tuples(st.just("start"), st.integers(0, 3)), st.tuples(st.just("finish"), st.integers(0, 1000))),
    max_size=120,
)


def naive(started: list[int], unfinished: list[int]) -> int | None:
    if not started:
        return None
    return min(unfinished) if unfinished else max(started) + 1


@given(STEPS, st.integers(0, 10_000))
def test_any_interleaving_of_starts_and_finishes_agrees_with_the_naive_model(steps, first) -> None:
    watermark, started, unfinished = Watermark(), [], []
    last = -1
    for what, number in steps:
        if what == "start":
            offset = (started[-1] + 1 if started else first) + number
            watermark.start(offset)
            started.append(offset)
            unfinished.append(offset)
        elif unfinished:
            watermark.finish(unfinished.pop(number % len(unfinished)))
        found = watermark.committable
        assert found == naive(started, unfinished)
        assert watermark.open_count == len(unfinished)
        if found is not None:
            assert found >= last, "it moved back"
            assert all(found <= one for one in unfinished), "it passed a record that is not finished"
            last = found


def test_nothing_taken_is_nothing_to_commit() -> None:
    assert Watermark().committable is None


def test_a_commit_names_the_offset_after_the_last_finished_record_even_before_a_gap() -> None:
    watermark = Watermark()
    watermark.start(5)
    watermark.finish(5)
    assert watermark.committable == 6
    watermark.start(9)
    assert watermark.committable == 9
    watermark.finish(9)
    assert watermark.committable == 10


@pytest.mark.parametrize("offset", [0, 3, 4])
def test_a_partition_that_is_read_backwards_is_refused(offset) -> None:
    watermark = Watermark()
    watermark.start(4)
    with pytest.raises(ValueError, match="read in order"):
        watermark.start(offset)


def test_a_record_is_finished_once_and_only_when_it_was_taken() -> None:
    watermark = Watermark()
    with pytest.raises(ValueError, match="not open"):
        watermark.finish(1)
    watermark.start(1)
    watermark.finish(1)
    with pytest.raises(ValueError, match="not open"):
        watermark.finish(1)
