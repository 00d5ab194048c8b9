"""When an event is lost to its group: Kafka will not bring it any more."""

from __future__ import annotations

import pytest

from streams.broker import PartitionState, Position
from streams.reconciler import is_lost

AT_5 = Position("sources", 0, 5)


@pytest.mark.parametrize(
    ("what", "at", "state", "lost"),
    [
        ("it was never seen in the log", None, PartitionState(0, 10, 3), True),
        ("its partition is not there", AT_5, None, True),
        ("neither is there", None, None, True),
        ("the group has not begun", AT_5, PartitionState(0, 10, None), False),
        ("the group has a backlog before it", AT_5, PartitionState(0, 10, 0), False),
        ("it is the next to come", AT_5, PartitionState(0, 10, 5), False),
        ("the group is just beyond it", AT_5, PartitionState(0, 10, 6), True),
        ("the group is at the end", AT_5, PartitionState(0, 10, 10), True),
        ("it is the oldest the log holds", AT_5, PartitionState(5, 10, 5), False),
        ("retention took it", AT_5, PartitionState(6, 10, 0), True),
        ("it is the newest", AT_5, PartitionState(0, 6, 5), False),
        ("the log was made anew and is empty", AT_5, PartitionState(0, 0, None), True),
        ("the log was made anew and is shorter", AT_5, PartitionState(0, 5, 2), True),
        ("the log was made anew under an old commit", AT_5, PartitionState(0, 8, 700), True),
        ("the log is empty and begins there", AT_5, PartitionState(5, 5, 5), True),
    ],
)
def test_an_event_is_lost_when_kafka_will_not_bring_it(what, at, state, lost) -> None:
    assert is_lost(at, state) is lost, what
