"""An example of the payload of each topic of the model loop."""

from __future__ import annotations

from pydantic import BaseModel

from streams.model_payloads import (
    AdapterMade,
    AdapterRef,
    AxisResult,
    BenchVersioned,
    CandidateJudged,
    ComparisonMade,
    Judgement,
    ModelPromoted,
    Move,
    RouteFlipped,
    RunEnd,
    RunEnded,
    SnapshotMade,
    SnapshotRequested,
)

SNAPSHOT, BENCH, TABLE, CARD, OVERLAP = (digit * 64 for digit in "abcde")
RUN = "5a7c9a52-4d0b-5b8e-9f3e-0d6f0f9d2c11"


def adapter(name: str = "spine@3fa9c1d2e4b7") -> AdapterRef:
    return AdapterRef(
        name=name, digest="3fa9c1d2e4b7" + "0" * 52, config="1" * 64, weights="2" * 64, model="SmolLM2",
        model_digest="3" * 64,
    )  # fmt: skip


def axis(name: str = "all") -> AxisResult:
    return AxisResult(
        axis=name, items=120, cases=60, candidate=0.62, champion=0.5, difference=0.12, low=0.04, high=0.2, error=0.04,
        gained=22, lost=8,
    )  # fmt: skip


def model_payloads() -> dict[str, BaseModel]:
    """Return an example of the payload of every topic of the model loop, by the topic's name."""
    return {
        "snapshot-requests": SnapshotRequested(
            request="r-1", why="new samples", accepted=60, who="trigger", simulated=True
        ),
        "snapshots": SnapshotMade(snapshot=SNAPSHOT, request="r-1", card=CARD, samples=58, simulated=True),
        "candidates": AdapterMade(adapter=adapter(), run=RUN, snapshot=SNAPSHOT, parent="", simulated=True),
        "runs": RunEnded(run=RUN, snapshot=SNAPSHOT, end=RunEnd.TRAINED, adapter=adapter().name),
        "benches": BenchVersioned(bench=BENCH, items=120, overlap=OVERLAP),
        "comparisons": ComparisonMade(
            comparison="c-1", bench=BENCH, candidate=adapter(), champion="", table=TABLE,
            axes=(axis(), axis("pathology")),
        ),
        "judgements": CandidateJudged(
            candidate=adapter().name, champion="", comparison="c-1", judgement=Judgement.PROMOTED,
            why=("better on all",), look=1,
        ),
        "promotions": ModelPromoted(
            seq=1, adapter=adapter(), previous="", move=Move.PROMOTED, who="gate", why="better on all"
        ),
        "routes": RouteFlipped(seq=1, adapter=adapter().name, previous="", acknowledged=2, of=2),
    }  # fmt: skip
