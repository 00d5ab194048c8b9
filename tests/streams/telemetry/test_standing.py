"""Whether a loop is stuck: records in hand, none settled, nothing waited for."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from streams.telemetry import standing
from streams.telemetry.standing import STALL_SECONDS, stuck_sentence


@dataclass
class Counts:
    waiting_for: str | None = None
    last_settled: float = 0.0
    busy_since: float = 0.0


@dataclass(eq=False)
class Standing:
    """A loop as it is seen from outside."""

    running: int = 1
    counts: Counts = field(default_factory=Counts)
    patience: float = STALL_SECONDS
    group: str = "draft"


LATE = STALL_SECONDS + 1


@pytest.mark.parametrize(
    ("loop", "now", "stuck"),
    [
        (Standing(), LATE, True),
        (Standing(), STALL_SECONDS, False),
        (Standing(running=0), LATE, False),
        (Standing(counts=Counts(waiting_for="mongodb")), LATE, False),
        (Standing(counts=Counts(last_settled=10.0)), LATE, False),
        # An idle stage that has just got a record.
        (Standing(counts=Counts(busy_since=LATE - 1)), LATE, False),
        (Standing(patience=86_400), LATE, False),
    ],
)
def test_stuck(loop: Standing, now: float, stuck: bool) -> None:
    told = stuck_sentence(loop, now)
    assert bool(told) == stuck
    assert not stuck or ("draft" in told and "301 s" in told)


def test_gauges_tell_of_loops_that_run_and_of_no_others() -> None:
    loop = Standing(running=7, counts=Counts(waiting_for="disk"), group="only-here")
    standing.watch(loop)
    try:
        assert (7.0, ("only-here",)) in standing.running()
        waits = {labels[1]: value for value, labels in standing.waiting_for() if labels[0] == "only-here"}
        assert waits == {"kafka": 0.0, "mongodb": 0.0, "redis": 0.0, "disk": 1.0}
    finally:
        standing.forget(loop)
    assert not [one for one in standing.running() if one[1] == ("only-here",)]
