"""Up to where a log may be committed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.trends.progress import Progress, RecordsMissed

P = ("decisions", 0)


def begun(at: int = 0) -> Progress:
    progress = Progress()
    progress.begin({P: at})
    return progress


def test_it_moves_with_what_is_written_and_not_with_what_was_written_before() -> None:
    progress = begun(5)
    assert progress.written(P, [5, 6, 7]) == 8
    assert progress.written(P, [5, 6]) is None
    assert progress.written(P, [7, 8]) == 9
    assert progress.written(P, []) is None


@pytest.mark.parametrize(("start", "offsets"), [(0, [1]), (0, [101]), (5, [5, 7])])
def test_records_that_were_left_out_are_missed(start, offsets) -> None:
    with pytest.raises(RecordsMissed, match="partition 0 of decisions"):
        begun(start).written(P, offsets)


def test_a_hole_that_a_second_consumer_meets_too_is_the_logs_own() -> None:
    progress = begun(3)
    with pytest.raises(RecordsMissed):
        progress.written(P, [4])
    progress.begin({P: 3})
    assert progress.written(P, [4, 5]) == 6
    with pytest.raises(RecordsMissed):
        progress.written(P, [8])


@given(st.lists(st.integers(0, 20), max_size=60))
def test_whatever_is_read_again_it_never_passes_an_offset_that_was_not_written(offsets) -> None:
    progress, seen = begun(), set[int]()
    for offset in offsets:
        try:
            commit = progress.written(P, [offset])
        except RecordsMissed:
            return
        seen.add(offset)
        if commit is not None:
            assert set(range(commit)) <= seen
