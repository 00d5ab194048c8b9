"""Records and facts made for tests: what the wire carries, and facts of a whole loop."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel

from generation.ids import digest
from generation.provenance import Provenance
from generation.samples import Decision, DecisionKind
from streams.events import Event
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
from streams.payloads import ItemDrafted, ItemPlanned, ItemRevised, SampleDecided
from streams.topics import REGISTRY
from streams.trends.facts import Fact
from streams.trends.made import Record, fact_of
from tests.streams.event_examples import draft, payloads, planned_item, provenance, revision, source

NOON = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
BENCH, SNAPSHOT = "b" * 64, "5" * 64


def iso(at: datetime) -> str:
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")


def record_of(event: Event, offset: int = 0, partition: int = 0) -> Record:
    """Return the record of an event, as the worker gets it."""
    return Record(event.topic, partition, offset, event.key.encode(), event.value, event.headers(), NOON)


def told(topic: str, payload: BaseModel, subject: str, at: datetime = NOON, detail: str = "") -> Event:
    """Return an event of a topic, told at some time."""
    made = REGISTRY[topic].event(payload, key=subject, subject=subject, source="test", detail=detail)
    return dataclasses.replace(made, time=iso(at))


def fact(topic: str, payload: BaseModel, subject: str, at: datetime = NOON, detail: str = "") -> Fact:
    """Return the fact of such an event."""
    return fact_of(record_of(told(topic, payload, subject, at, detail)))


def adapter(name: str) -> AdapterRef:
    made = digest(name.encode())
    return AdapterRef(name=name, digest=made, config=made, weights=made, model="small", model_digest="0" * 64)


def answered(by: str) -> Provenance:
    return provenance().model_copy(update={"adapter": by or None})


def decided(slot: int, kind: str, at: datetime = NOON, *, seq: int = 1, simulated: bool = False) -> Fact:
    """Return the fact of a decision on the item of a slot."""
    item, of = planned_item(slot).id, source()
    decision = Decision(
        id=f"{item}:{seq}", item=item, seq=seq, kind=DecisionKind(kind), who="Dr Li", when=iso(at), why="because",
        changes={"question": "Better?"} if kind == "edited" else {}, simulated=simulated,
    )  # fmt: skip
    payload = SampleDecided(source_id=of.id, source_version=of.version, decision=decision)
    return fact("decisions", payload, decision.id, at)


def drafted(slot: int, by: str, at: datetime = NOON, round_: int = 0) -> Fact:
    written = draft(round_).model_copy(update={"provenance": answered(by)})
    item = planned_item(slot)
    return fact("drafted", ItemDrafted(item=item, draft=written), item.id, at, str(round_))


def planned(slot: int, at: datetime = NOON) -> Fact:
    item = planned_item(slot)
    return fact("planned", ItemPlanned(item=item), item.id, at)


def revised(slot: int, reasons: Sequence[str] = (), at: datetime = NOON, by: str = "") -> Fact:
    item, of = planned_item(slot).id, source()
    written = revision().model_copy(update={"reasons": tuple(reasons), "provenance": answered(by)})
    payload = ItemRevised(item_id=item, source_id=of.id, source_version=of.version, revision=written)
    return fact("revised", payload, item, at)


def result(axis: str, champion: float, difference: float, items: int = 100, cases: int = 40) -> AxisResult:
    """Return a result whose interval is as wide as a plain one over the cases."""
    half = 0.6 / cases**0.5
    share = round((difference + 0.1) * items / 2)
    return AxisResult(
        axis=axis, items=items, cases=cases, candidate=champion + difference, champion=champion, difference=difference,
        low=difference - half, high=difference + half, error=half / 2, gained=max(0, share), lost=max(0, share // 2),
    )  # fmt: skip


def compared(name: str, champion: str, axes: Sequence[AxisResult], at: datetime, *, simulated: bool = False) -> Fact:
    payload = ComparisonMade(
        comparison=f"{BENCH[:4]}-{name}-{champion}", bench=BENCH, candidate=adapter(name), champion=champion,
        table="7" * 64, axes=tuple(axes), candidate_failures=1, simulated=simulated,
    )  # fmt: skip
    return fact("comparisons", payload, payload.comparison, at)


def judged(name: str, champion: str, judgement: Judgement, look: int, at: datetime) -> Fact:
    payload = CandidateJudged(
        candidate=name, champion=champion, comparison=f"{BENCH[:4]}-{name}-{champion}", judgement=judgement,
        why=("a sentence",), look=look,
    )  # fmt: skip
    return fact("judgements", payload, payload.comparison, at)


def promoted(seq: int, name: str, previous: str, at: datetime, move: Move = Move.PROMOTED) -> Fact:
    ref = adapter(name) if name else None
    payload = ModelPromoted(seq=seq, adapter=ref, previous=previous, move=move, who="gate", why="better")
    return fact("promotions", payload, str(seq), at)


def requested(request: str, at: datetime) -> Fact:
    payload = SnapshotRequested(request=request, why="new samples", accepted=3, who="trigger", simulated=False)
    return fact("snapshot-requests", payload, request, at)


def snapshot_made(request: str, at: datetime, snapshot: str = SNAPSHOT) -> Fact:
    payload = SnapshotMade(snapshot=snapshot, request=request, card="c" * 64, samples=3, simulated=False)
    return fact("snapshots", payload, snapshot, at, request)


def run_ended(at: datetime, snapshot: str = SNAPSHOT, end: RunEnd = RunEnd.TRAINED, run: str = "run-1") -> Fact:
    return fact("runs", RunEnded(run=run, snapshot=snapshot, end=end), run, at)


def examples() -> dict[str, BaseModel]:
    """Return an example of the payload of every topic, by the topic's name."""
    return {
        **payloads(),
        "snapshot-requests": SnapshotRequested(request="r", why="age", accepted=1, who="Dr Li", simulated=False),
        "snapshots": SnapshotMade(snapshot=SNAPSHOT, request="r", card="c" * 64, samples=1, simulated=False),
        "candidates": AdapterMade(adapter=adapter("a"), run="x", snapshot=SNAPSHOT, parent="", simulated=True),
        "runs": RunEnded(run="x", snapshot=SNAPSHOT, end=RunEnd.REFUSED, why="too few"),
        "benches": BenchVersioned(bench=BENCH, items=574, overlap="0" * 64),
        "comparisons": ComparisonMade(
            comparison="c", bench=BENCH, candidate=adapter("a"), champion="", table="7" * 64,
            axes=(result("all", 0.5, 0.1),),
        ),
        "judgements": CandidateJudged(
            candidate="a", champion="", comparison="c", judgement=Judgement.REFUSED, why=("worse",), look=1
        ),
        "promotions": ModelPromoted(
            seq=1, adapter=adapter("a"), previous="", move=Move.PROMOTED, who="Dr Li", why="better"
        ),
        "routes": RouteFlipped(seq=1, adapter="a", previous="", acknowledged=2, of=2),
    }  # fmt: skip


AXES = {
    "all": (0.52, 240), "level_identification": (0.55, 90), "pathology": (0.54, 90), "surgical_planning": (0.45, 60),
    "level:L3/L4": (0.50, 54), "level:L4/L5": (0.56, 78), "level:L5/S1": (0.51, 70),
}  # fmt: skip


def a_loop(now: datetime, seed: int = 5) -> list[Fact]:
    """Return facts of a day of work and of a few rounds of training, all of it marked simulated, for looking at."""
    draw = random.Random(seed)
    facts: list[Fact] = []
    names = ["", "spine@3fa9c1d2e4b7", "spine@a07be51c99d0", "spine@c4418d0e7f23", "spine@5b20e3aa61fc"]
    live = {"champion": "", "score": 0.0}
    for number, name in enumerate(names[1:]):
        at, gain = now - timedelta(hours=20 - 5 * number), (0.09, -0.06, 0.07, 0.015)[number]
        axes = [
            result(axis, score + live["score"], gain + draw.uniform(-0.03, 0.03) * (axis != "all"), items, items // 3)
            for axis, (score, items) in AXES.items()
        ]
        facts.append(compared(name, str(live["champion"]), axes, at, simulated=True))
        good = gain > 0.05
        said = Judgement.PROMOTED if good else Judgement.WAITING if number == 3 else Judgement.REFUSED
        facts.append(judged(name, str(live["champion"]), said, number + 1, at + timedelta(seconds=2)))
        if good:
            seq = sum(one["type"] == "model.promoted" for one in facts) + 1
            facts.append(promoted(seq, name, str(live["champion"]), at + timedelta(minutes=1)))
            live = {"champion": name, "score": float(live["score"]) + gain}
    for slot in range(420):
        at = now - timedelta(seconds=draw.uniform(0, 1) ** 2 * 86_000)
        by = names[1] if slot % 3 else ""
        facts += [planned(slot, at), drafted(slot, by, at + timedelta(seconds=9))]
        if slot % 20 == 0:
            continue
        held = draw.random() < 0.3
        reasons = draw.sample(
            ["ungrounded-claim", "gives-away", "copied", "off-level", "no-citation"], 1 + (slot % 7 == 0)
        )
        facts.append(revised(slot, reasons if held else (), at + timedelta(seconds=20), by))
        if not held and draw.random() < 0.8:
            kind = draw.choices(["accepted", "edited", "rejected"], (70 if by else 52, 15, 15 if by else 33))[0]
            facts.append(decided(slot, kind, at + timedelta(seconds=draw.uniform(60, 900)), simulated=True))
    return [one for one in facts if one["at"] <= now]


def documents(facts: Sequence[Fact]) -> list[dict[str, Any]]:
    return [dict(one) for one in facts]
