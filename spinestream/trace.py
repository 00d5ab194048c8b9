"""The journey of a source or an item, with the times that every owner of state keeps: no trace has to be followed.

Times are those of whoever did the step: an engine's host, the process that told an event, the store. Clocks of several
machines differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from actors.results import result_key
from generation.provenance import Provenance
from generation.samples import Decision, Draft, Revision
from review_bridge.sample import Sample
from spinestream.errors import NotFound
from spinestream.wiring import Parts
from streams.telemetry.traceparent import read

READ, DRAFT, REVISE = "read", "draft", "revise"


@dataclass(frozen=True)
class Step:
    """Something that happened."""

    what: str
    at: datetime | None
    """None: no time of it is kept."""
    seconds: float | None = None
    """How long it took, where that is known."""
    detail: Mapping[str, Any] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    """What came of it."""

    def as_json(self) -> dict[str, Any]:
        """Return the object that `--json` prints."""
        return {
            "what": self.what,
            "at": self.at.isoformat(timespec="milliseconds") if self.at else None,
            "seconds": self.seconds,
            **({"detail": dict(self.detail)} if self.detail else {}),
            **({"steps": [one.as_json() for one in self.steps]} if self.steps else {}),
        }

    def began(self) -> datetime | None:
        """Return the earliest time in it."""
        times = [one for one in (self.at, *(step.began() for step in self.steps)) if one is not None]
        return min(times, default=None)


@dataclass(frozen=True)
class Journey:
    """What is known of an id."""

    kind: str
    """`item` or `source`."""
    id: str
    trace: str | None
    """Id of its trace, where that was followed."""
    steps: tuple[Step, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the object that `--json` prints."""
        return {
            "kind": self.kind,
            "id": self.id,
            "trace": self.trace,
            "steps": [one.as_json() for one in self.steps],
        }


async def journey(parts: Parts, name: str) -> Journey:
    """Return the journey of an item (a sample has its id), of a source version, or of every version of a source or case
    id; raises NotFound."""
    sample = await parts.store.get(name)
    if sample is not None:
        source = await parts.sources.get(sample.source.version) if sample.source else None
        item = await _item(parts, sample)
        steps = (await _source(parts, source, (item,)),) if source else (item,)
        return Journey("item", name, _trace_of(sample.trace), steps)
    found = await parts.sources.get(name)
    versions = [found] if found else [one for one in await parts.sources.known() if one["id"] == name]
    if not versions:
        wanted = "an item or sample id (`spinestream samples list`) or a source or case id (`spinestream sources list`)"
        raise NotFound(f"nothing is called {name}; give {wanted}")
    sources = [await _source(parts, one, await _items(parts, one["_id"])) for one in versions]
    event = await parts.sources.documents.find_one({"_id": versions[-1]["_id"]}, {"event.traceparent": 1})
    return Journey("source", name, _trace_of((event or {}).get("event", {}).get("traceparent")), tuple(sources))


async def _source(parts: Parts, source: Mapping[str, Any], below: Sequence[Step]) -> Step:
    version = source["_id"]
    steps = [*await _intake(parts, source), *_dead(await parts.dead_letters.about(version)), *below]
    gone = await parts.sources.tombstones.find_one({"_id": source["id"]}, {"when": 1, "why": 1})
    if gone is not None:
        steps.append(Step("withdrawn", when(gone.get("when")), detail={"why": gone.get("why")}))
    detail = {"version": version, "media_type": source.get("media_type"), "split": source.get("split")}
    return Step(
        f"source {source['id']} taken in", when(source.get("registered_at")), detail=detail, steps=_sorted(steps)
    )


async def _intake(parts: Parts, source: Mapping[str, Any]) -> list[Step]:
    steps = []
    if (into := source.get("split_into")) is not None:
        detail = {"passages": into["passages"], "language": into["language"]}
        steps.append(Step("split into passages", when(into.get("at")), detail=detail))
    [read_event] = await parts.results.find([result_key(source["_id"], READ, 0)])
    if read_event is not None:
        reading = source.get("reading") or {}
        made = Provenance.model_validate(reading["provenance"]) if reading.get("provenance") else None
        detail = {"specialty": reading.get("specialty"), "condition": reading.get("condition"), **_made(made)}
        steps.append(Step("read", when(read_event.time), made.seconds if made else None, detail))
    async for plan in parts.sources.plans.find({"source_version": source["_id"]}):
        detail = {"kind": plan["kind"], "language": plan["language"], "items": plan["items"], "plan": plan["_id"]}
        steps.append(Step("planned", when(plan.get("at")), detail=detail))
    return steps


async def _items(parts: Parts, version: str) -> list[Step]:
    """Return how the items of a source stand, in one step."""
    lived = await parts.store.lifetime(version)
    if lived is None:
        return []
    first, last = lived
    counts = await parts.store.counts([version])
    states = ("planned", "drafted", "queued", "held", "accepted", "edited", "rejected", "retracted")
    detail = {state: getattr(counts, state) for state in states if getattr(counts, state)}
    return [Step("items", first, (last - first).total_seconds(), detail)]


async def _item(parts: Parts, sample: Sample) -> Step:
    rounds = sorted({*sample.drafts, *sample.revisions})
    keys = [(stage, round_) for stage in (DRAFT, REVISE) for round_ in rounds]
    events = await parts.results.find([result_key(sample.id, stage, round_) for stage, round_ in keys])
    told = {key: event.time for key, event in zip(keys, events, strict=True) if event is not None}
    written = [_written("drafted", one, told.get((DRAFT, r))) for r, one in sample.drafts.items()]
    written += [_written("revised", one, told.get((REVISE, r))) for r, one in sample.revisions.items()]
    stored = [Step(f"{what} stored", at) for what, at in sample.times.items()]
    decided = [_decided(one) for one in sample.decisions.values()]
    dead = _dead(await parts.dead_letters.about(sample.id))
    steps = [*stored, *written, *decided, *dead, *await _released(parts, sample)]
    if sample.retracted is not None:
        steps.append(Step("retracted", sample.retracted.at, detail={"why": sample.retracted.reason}))
    detail = {"state": sample.state.value, **({"reasons": list(sample.reasons)} if sample.reasons else {})}
    return Step(f"item {sample.id}", sample.created_at, detail=detail, steps=_sorted(steps))


def _written(what: str, one: Draft | Revision, at: str | None) -> Step:
    made = one.provenance
    return Step(what, when(at), made.seconds, {"round": one.round, **_made(made)})


def _made(made: Provenance | None) -> dict[str, Any]:
    if made is None:
        return {}
    tokens = {"prompt_tokens": made.prompt_tokens, "output_tokens": made.output_tokens}
    return {"model": made.model, "adapter": made.adapter, "host": made.host, **tokens}


def _decided(one: Decision) -> Step:
    return Step(one.kind.value, when(one.when), detail={"seq": one.seq, "who": one.who, "simulated": one.simulated})


def _dead(letters: Iterable[Mapping[str, Any]]) -> list[Step]:
    return [
        Step(f"dead in {one['group']}", when(one.get("at")), detail={"why": one["why"], "status": one["status"]})
        for one in letters
    ]


async def _released(parts: Parts, sample: Sample) -> list[Step]:
    """Return the datasets that the sample is in."""
    if sample.source is None or not sample.decisions:
        return []
    held = await parts.snapshots.holding(sample.id, sample.source.version)
    return [Step("released", when(one.made_at), detail={"snapshot": one.digest}) for one in held]


def when(text: str | datetime | None) -> datetime | None:
    """Read a stored time; None where there is none, or what is kept is no time."""
    if text is None:
        return None
    try:
        at = text if isinstance(text, datetime) else datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _trace_of(header: str | None) -> str | None:
    parent = read(header)
    return f"{parent.trace:032x}" if parent else None


def _sorted(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Order steps by their times; those without one go last."""
    return tuple(sorted(steps, key=lambda one: one.began() or datetime.max.replace(tzinfo=UTC)))
