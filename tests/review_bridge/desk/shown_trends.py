"""Trends made for tests of the desk, without a store."""

from __future__ import annotations

from datetime import timedelta

from review_bridge.desk.trends import RunShown, TrendsShown
from streams.model_payloads import Judgement
from streams.trends.champions import champions_of
from streams.trends.read import Trends
from streams.trends.reviews import AdapterRow, ReviewSpeed, TokenRow
from streams.trends.trigger import State, Verdict
from streams.trends.windows import STAGES, Bucket, Buckets, Rate, Series
from tests.streams.trends.constructed import NOON, compared, judged, promoted, result

A, B = "spine@aaaaaaaaaaaa", "spine@bbbbbbbbbbbb"
MINUTE = timedelta(minutes=1)


def trends(simulated: bool = True) -> Trends:
    axes = [result("all", 0.5, 0.1), result("level:L4/L5", 0.4, -0.1)]
    models = champions_of(
        [
            compared(A, "", axes, NOON - 60 * MINUTE, simulated=simulated),
            compared(B, A, [result("all", 0.6, -0.04)], NOON - 9 * MINUTE),
        ],
        [judged(A, "", Judgement.PROMOTED, 1, NOON)],
        [promoted(1, A, "", NOON - 50 * MINUTE)],
        [],
    )
    starts = tuple(NOON - MINUTE * back for back in (2, 1, 0))
    return Trends(
        at=NOON,
        latest=NOON,
        totals={"item.planned": 7, "sample.decided": 4, "unreadable": 2},
        rates=tuple(Rate(stage=name, minute=1, quarter=2, day=3) for name in STAGES.values()),
        buckets=Buckets(
            bucket=Bucket.MINUTE,
            starts=starts,
            series=tuple(Series(stage=name, counts=(0, 4, 1)) for name in STAGES.values()),
        ),
        adapters=(AdapterRow(adapter=A, kind="mcq", drafted=9, accepted=3, simulated=3 if simulated else 0),),
        tokens=(TokenRow(stage="draft", adapter=A, prompt=100, output=40, seconds=2.0),),
        passed=5,
        held=3,
        reasons={"copied": 3},
        decisions={"accepted": 3, "edited": 0, "rejected": 1, "reopened": 0},
        speed=ReviewSpeed(hour=4, day=4, simulated_day=3, waited=90.0),
        dead={"draft": 1},
        models=models,
        trigger=Verdict(state=State.WAITING, new=3, enough=100, why="3 of 100 new samples"),
    )


def shown(simulated: bool = True) -> TrendsShown:
    run = RunShown(
        id="run-12345678", state="running: training", step=12, steps=40, losses=((1, 2.5), (12, 1.25)),
        tokens_per_second=210.0, began=NOON - 3 * MINUTE, adapter="", simulated=True,
    )  # fmt: skip
    return TrendsShown(trends=trends(simulated), behind=12, run=run)
