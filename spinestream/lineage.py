"""Walks lineage across collections, both ways, for what exists today: source -> plan -> sample -> draft -> revision
-> decisions -> snapshot -> adapter."""

from __future__ import annotations

from typing import Any

from review_bridge.snapshots import Snapshot
from spinestream.errors import NotFound
from spinestream.wiring import Parts


async def lineage(parts: Parts, name: str) -> dict[str, Any]:
    """Return the lineage of an item id, source version, source id, plan id, snapshot or adapter; raises NotFound."""
    sample = await parts.store.get(name)
    if sample is not None and sample.plan is not None:
        source = await parts.sources.get(sample.plan.source.version)
        held = await parts.snapshots.holding(name, sample.plan.source.version)
        told = {"source": _source(source), "sample": _sample(sample), "snapshots": [_snapshot(one) for one in held]}
        return {"kind": "sample", "id": name, **told}
    source = await parts.sources.get(name)
    versions = [source] if source else [one for one in await parts.sources.known() if one["id"] == name]
    if versions:
        return {"kind": "source", "id": name, "versions": [await _version(parts, one) for one in versions]}
    plan = await parts.sources.plans.find_one({"_id": name})
    if plan is not None:
        source = await parts.sources.get(plan["source_version"])
        return {"kind": "plan", "id": name, "source": _source(source), "items": plan["items"], "made": plan["at"]}
    snapshot = await parts.snapshots.find(name)
    if snapshot is not None:
        card = await parts.snapshots.card(snapshot)
        sources = [one.model_dump(mode="json") for one in card.sources]
        adapters = [one.ref.name for one, _ in await parts.registry.listed() if one.snapshot == name]
        return {"kind": "snapshot", "id": name, **_snapshot(snapshot), "sources": sources, "adapters": adapters}
    adapter = await parts.registry.find(name)
    if adapter is not None:
        state = await parts.registry.state(adapter)
        return {"kind": "adapter", "id": name, "state": state.value, **adapter.model_dump(mode="json")}
    wanted = "an item id, a source id or version, a plan id or a snapshot, or an adapter"
    raise NotFound(f"nothing is called {name}; give {wanted}")


def _source(document: dict[str, Any] | None) -> dict[str, Any]:
    if document is None:
        return {}
    wanted = ("id", "title", "licence", "citation", "split", "media_type", "name", "registered_at", "superseded_by")
    return {"version": document["_id"], **{key: document.get(key) for key in wanted}}


def _snapshot(snapshot: Snapshot) -> dict[str, Any]:
    return snapshot.model_dump(mode="json")


def _sample(sample: Any) -> dict[str, Any]:
    plan = sample.plan
    return {
        "state": sample.state.value,
        "reasons": list(sample.reasons),
        "plan": plan.plan,
        "slot": plan.slot,
        "target": plan.target.model_dump(mode="json", exclude_none=True),
        "reading": plan.reading.model_dump(mode="json", exclude_none=True) if plan.reading else None,
        "evidence": [one.model_dump(mode="json") for one in plan.evidence if one.id in plan.support],
        "drafts": [_written(draft, "draft") for draft in sample.drafts.values()],
        "revisions": [_written(revision, "revision") for revision in sample.revisions.values()],
        "decisions": [decision.model_dump(mode="json") for decision in sample.decisions.values()],
        "log": {name: list(at) for name, at in sample.at.items()},
    }


def _written(part: Any, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = {"round": part.round, "provenance": part.provenance.model_dump(mode="json")}
    if kind == "revision":
        found |= {"draft": part.draft_digest, "changed": list(part.changed), "reasons": list(part.reasons)}
    else:
        found |= {"digest": part.digest}
    return found


async def _version(parts: Parts, document: dict[str, Any]) -> dict[str, Any]:
    counts = await parts.store.counts([document["_id"]])
    plans = [plan async for plan in parts.sources.plans.find({"source_version": document["_id"]})]
    gone = await parts.sources.withdrawn([document["id"]])
    return {
        **_source(document),
        "withdrawn": bool(gone),
        "passages": (document.get("split_into") or {}).get("passages"),
        "reading": document.get("reading"),
        "plans": [{"id": p["_id"], "kind": p["kind"], "language": p["language"], "items": p["items"]} for p in plans],
        "samples": {state: getattr(counts, state) for state in _STATES if getattr(counts, state)},
    }


_STATES = ("planned", "drafted", "queued", "held", "accepted", "edited", "rejected", "retracted")
