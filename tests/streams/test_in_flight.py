"""The table of records in flight: assignments, stale records, room."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.broker import Position
from streams.delivery import Delivery, InFlight

A, B = ("planned", 0), ("planned", 1)


def record(partition: tuple[str, int], offset: int, assignment: int | None) -> Delivery:
    assert assignment is not None
    return Delivery(Position(*partition, offset), b"key", b"{}", (), assignment)


def taken(table: InFlight, partition: tuple[str, int], *offsets: int) -> list[Delivery]:
    return table.start([record(partition, offset, table.assignment(partition)) for offset in offsets])


def test_only_what_is_finished_without_a_gap_may_be_committed_and_only_once() -> None:
    table = InFlight(10)
    table.assign([A, B])
    first, second = taken(table, A, 7, 8)
    table.committed(table.committable())
    assert table.committable() == {}
    assert table.finish(second)
    assert table.committable() == {}
    assert table.finish(first)
    assert table.committable() == {A: 9}
    table.committed({A: 9})
    assert table.committable() == {}


def test_room_counts_what_runs_whoever_owns_the_partition_now() -> None:
    table = InFlight(3)
    table.assign([A, B])
    mine = taken(table, A, 0, 1)
    assert (table.room, table.running) == (1, 2)
    table.revoke([A])
    assert (table.room, table.running) == (1, 2)
    assert not table.finish(mine[0])
    assert (table.room, table.running) == (2, 1)
    taken(table, B, 0, 1, 2, 3)
    assert (table.room, table.running) == (0, 5)


def test_a_record_of_an_older_assignment_never_counts() -> None:
    table = InFlight(10)
    table.assign([A])
    [old] = taken(table, A, 4)
    table.revoke([A])
    assert table.assignment(A) is None
    table.assign([A])
    assert table.committable() == {}
    [again, after] = taken(table, A, 4, 5)
    assert table.finish(after)
    assert not table.finish(old)
    assert table.committable() == {A: 4}
    assert table.finish(again)
    assert table.committable() == {A: 6}


def test_records_read_before_a_revocation_are_not_taken_after_it() -> None:
    table = InFlight(10)
    table.assign([A, B])
    late = [record(A, 0, table.assignment(A)), record(B, 0, table.assignment(B))]
    table.revoke([A])
    assert table.start(late) == late[1:]
    table.assign([A])
    assert table.start(late[:1]) == []
    assert table.running == 1


def test_the_end_of_the_membership_revokes_everything() -> None:
    table = InFlight(10)
    table.assign([A, B])
    held = taken(table, A, 0) + taken(table, B, 0)
    table.revoke_all()
    assert [table.finish(one) for one in held] == [False, False]
    assert table.committable() == {}
    assert table.running == 0


def test_a_log_that_begins_anew_is_refused_without_using_up_room() -> None:
    table = InFlight(4)
    table.assign([A, B])
    taken(table, B, 8)
    with pytest.raises(ValueError, match="read in order"):
        table.start([record(A, 0, table.assignment(A)), record(B, 0, table.assignment(B))])
    assert table.running == 1
    table.revoke_all()
    table.assign([A])
    assert len(taken(table, A, 0)) == 1


STEP = st.one_of(
    st.tuples(st.just("take"), st.sampled_from([A, B])),
    st.tuples(st.just("finish"), st.integers(0, 1000)),
    st.tuples(st.just("revoke"), st.sampled_from([A, B])),
    st.tuples(st.just("commit"), st.just(0)),
)


@given(st.lists(STEP, max_size=100))
def test_under_any_rebalances_no_commit_passes_a_record_of_its_assignment_that_runs(steps) -> None:
    table = InFlight(1000)
    table.assign([A, B])
    position = {A: 0, B: 0}  # the next offset to read
    broker = {A: 0, B: 0}  # what is committed there
    running: list[Delivery] = []
    settled: dict[tuple[str, int], set[int]] = {A: set(), B: set()}
    for what, value in steps:
        if what == "take":
            running += taken(table, value, position[value])
            position[value] += 1
        elif what == "finish" and running:
            one = running.pop(value % len(running))
            table.finish(one)
            settled[one.position.topic, one.position.partition].add(one.position.offset)
        elif what == "revoke":
            table.revoke([value])
            table.assign([value])
            position[value] = broker[value]
        elif what == "commit":
            offsets = table.committable()
            broker |= offsets
            table.committed(offsets)
            for partition, offset in broker.items():
                assert settled[partition] >= set(range(offset)), "a record that never ended would be lost"
    assert table.running == len(running)
