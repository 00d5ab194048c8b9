"""What the events of the model loop leave for counting, and for the line of champions: their numbers, no texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from generation.model import Growing
from streams.model_payloads import (
    AdapterMade,
    BenchVersioned,
    CandidateJudged,
    ComparisonMade,
    ModelPromoted,
    RouteFlipped,
    RunEnded,
    SnapshotMade,
    SnapshotRequested,
)


def _requested(told: SnapshotRequested) -> dict[str, Any]:
    return {"request": told.request, "accepted": told.accepted, "simulated": told.simulated}


def _snapshot(told: SnapshotMade) -> dict[str, Any]:
    named = {"snapshot": told.snapshot, "request": told.request}
    return {**named, "samples": told.samples, "simulated": told.simulated}


def _candidate(told: AdapterMade) -> dict[str, Any]:
    named = {"adapter": told.adapter.name, "run": told.run, "snapshot": told.snapshot, "parent": told.parent}
    return {**named, "simulated": told.simulated}


def _run(told: RunEnded) -> dict[str, Any]:
    return {"run": told.run, "snapshot": told.snapshot, "end": told.end.value, "adapter": told.adapter}


def _bench(told: BenchVersioned) -> dict[str, Any]:
    return {"bench": told.bench, "items": told.items}


def _comparison(told: ComparisonMade) -> dict[str, Any]:
    return {
        "comparison": told.comparison,
        "bench": told.bench,
        "candidate": told.candidate.name,
        "champion": told.champion,
        "axes": [one.model_dump(mode="json") for one in told.axes],
        "candidate_failures": told.candidate_failures,
        "champion_failures": told.champion_failures,
        "simulated": told.simulated,
    }


def _judgement(told: CandidateJudged) -> dict[str, Any]:
    named = {"candidate": told.candidate, "champion": told.champion, "comparison": told.comparison}
    return {**named, "judgement": told.judgement.value, "look": told.look, "simulated": told.simulated}


def _promotion(told: ModelPromoted) -> dict[str, Any]:
    named = {"adapter": told.adapter.name if told.adapter else "", "previous": told.previous}
    return {"seq": told.seq, **named, "move": told.move.value}


def _route(told: RouteFlipped) -> dict[str, Any]:
    named = {"adapter": told.adapter, "previous": told.previous}
    return {"seq": told.seq, **named, "acknowledged": told.acknowledged, "of": told.of}


MODEL_READINGS: Mapping[str, tuple[type[Growing], Callable[[Any], dict[str, Any]]]] = {
    "snapshot-requests": (SnapshotRequested, _requested),
    "snapshots": (SnapshotMade, _snapshot),
    "candidates": (AdapterMade, _candidate),
    "runs": (RunEnded, _run),
    "benches": (BenchVersioned, _bench),
    "comparisons": (ComparisonMade, _comparison),
    "judgements": (CandidateJudged, _judgement),
    "promotions": (ModelPromoted, _promotion),
    "routes": (RouteFlipped, _route),
}
"""By topic: the payload that is read, and what it gives."""
