"""Counts in plain tables: buckets, sums over actors, what lasts beyond an actor."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from streams.telemetry.instruments import ASKED, CONSUMED, LAST_SETTLED, RUNNING, SENT, WAITING_FOR
from streams.telemetry.tally import Point, Tally, lasting, summed


def only(points: tuple[Point, ...], name: str) -> Point:
    [found] = [one for one in points if one.name == name]
    return found


def test_counts_add_up_by_series() -> None:
    tally = Tally()
    tally.count(CONSUMED, 2, ("planned", "draft"))
    tally.count(CONSUMED, 3, ("planned", "draft"))
    tally.count(CONSUMED, 1, ("drafted", "revise"))
    found = {one.labels: one.value for one in tally.points() if one.name == CONSUMED.name}
    assert found == {("planned", "draft"): 5, ("drafted", "revise"): 1}


@given(st.lists(st.floats(0, 200, allow_nan=False), min_size=1, max_size=60))
def test_each_value_is_in_the_bucket_whose_bound_it_does_not_pass(values: list[float]) -> None:
    tally = Tally()
    for value in values:
        tally.observe(ASKED, value, ("chat", "m", "draft", None))
    point = only(tally.points(), ASKED.name)
    bounds = (*ASKED.bounds, math.inf)
    below = [sum(point.buckets[: n + 1]) for n in range(len(bounds))]
    assert below == [sum(value <= bound for value in values) for bound in bounds]
    assert math.isclose(point.value, sum(values))


def test_actors_add_up_and_a_group_stands_as_its_members_do() -> None:
    a = (
        Point(SENT.name, ("drafted",), 4.0),
        Point(RUNNING.name, ("draft",), 3.0),
        Point(WAITING_FOR.name, ("draft", "kafka"), 0.0),
        Point(LAST_SETTLED.name, ("draft",), 100.0),
        Point(ASKED.name, ("chat", "m", "draft", None), 1.5, (1, 0, 2)),
    )
    b = (
        Point(SENT.name, ("drafted",), 1.0),
        Point(RUNNING.name, ("draft",), 2.0),
        Point(WAITING_FOR.name, ("draft", "kafka"), 1.0),
        Point(LAST_SETTLED.name, ("draft",), 2.0),
        Point(ASKED.name, ("chat", "m", "draft", None), 0.5, (0, 1, 1)),
    )
    found = {one.name: one for one in summed((*a, *b))}
    assert found[SENT.name].value == 5
    assert found[RUNNING.name].value == 5
    assert found[WAITING_FOR.name].value == 1
    assert found[LAST_SETTLED.name].value == 2
    assert (found[ASKED.name].value, found[ASKED.name].buckets) == (2.0, (1, 1, 3))
    assert {one.name for one in lasting(a)} == {SENT.name, ASKED.name}
