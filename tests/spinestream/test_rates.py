"""Rates are those of a recent window, not of the whole life."""

from __future__ import annotations

import pytest

from spinestream.running.rates import Rates


def test_a_rate_is_that_of_the_window() -> None:
    rates = Rates(window=10)
    told = [rates.seen("drafts", count, float(at)) for at, count in enumerate([0, *[100] * 30])]
    assert told[0] == 0
    assert told[1] == 100
    assert told[10] == 10
    assert told[11] == 0
    assert told[-1] == 0


def test_looks_farther_apart_than_the_window_still_give_a_rate() -> None:
    rates = Rates(window=10)
    assert [rates.seen("a", count, at) for count, at in ((0, 0.0), (60, 60.0), (180, 120.0))] == [0, 1, 2]


def test_counters_are_apart_and_one_that_falls_begins_anew() -> None:
    rates = Rates(window=10)
    rates.seen("a", 100, 0)
    rates.seen("b", 0, 0)
    assert rates.seen("b", 5, 1) == 5
    assert rates.seen("a", 3, 1) == 0
    assert rates.seen("a", 4, 2) == 1
    assert rates.seen("a", 4, 2) == pytest.approx(1)
