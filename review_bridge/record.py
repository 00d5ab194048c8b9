"""One sample as a line of an export."""

from __future__ import annotations

from typing import Any

from generation.items import Kind, PlannedItem
from generation.samples import Draft, Revision
from review_bridge.parts import document
from review_bridge.sample import Sample

Record = dict[str, Any]
"""A record as JSON; its fields are those of `record_of`."""

UNSTABLE = frozenset({"seconds", "host", "when", "at"})
"""Fields of the provenance that differ between two runs of the same thing."""


def record_of(sample: Sample, *, canonical: bool = False) -> Record:
    """Return a sample's record; every field is always there, null or empty where the sample lacks it.

    `answer` is the right option's id of a multiple choice item, the text of an open question's answer, and null for the
    other kinds; `turns` are those of a consultation ({role, text}), `report` the parts of a report ({part: text}).

    `canonical` leaves times and hosts out, so that two runs with the same results give the same record.
    """
    text, plan = sample.text, document(sample.plan) if sample.plan else {}
    provenance = _provenance(sample)
    return {
        "id": sample.id,
        "kind": plan.get("kind"),
        "language": plan.get("language"),
        "axis": plan.get("axis"),
        "specialty": (plan.get("reading") or {}).get("specialty"),
        "condition": (plan.get("reading") or {}).get("condition"),
        "state": sample.state.value,
        "reasons": [*sample.reasons],
        "simulated": any(decision.simulated for decision in sample.decisions.values()),
        "split": plan["source"]["split"] if plan else None,
        "source": _source(sample, sample.plan),
        "evidence": [_only(e, "id", "text", "page", "start", "end") for e in plan.get("evidence", ())],
        "target": {name: value for name, value in plan.get("target", {}).items() if value is not None},
        "levels": plan.get("levels", []),
        "question": text.question,
        "options": [_only(option, "id", "text", "role") for option in plan.get("options", ())],
        "answer": plan.get("answer") if plan.get("kind") == Kind.MCQ else text.answer,
        "rationale": text.rationale,
        "turns": [document(said) for said in text.turns],
        "report": text.report,
        "citations": [*text.citations],
        "draft": _draft(sample.draft),
        "revision": _revision(sample.revision),
        "provenance": stable(provenance) if canonical else provenance,
    }


def stable(value: Any) -> Any:
    """Return a JSON value without the fields that name a time or a host, at any depth."""
    if isinstance(value, dict):
        return {name: stable(inner) for name, inner in value.items() if name not in UNSTABLE}
    return [stable(inner) for inner in value] if isinstance(value, list) else value


def _source(sample: Sample, plan: PlannedItem | None) -> Record:
    key = sample.source
    return {
        "id": key.id if key else None,
        "title": plan.source.title if plan else None,
        "licence": plan.source.licence if plan else None,
        "sha256": key.version if key else None,
    }


def _draft(draft: Draft | None) -> Record | None:
    return _only(document(draft), "raw", "parsed") if draft else None


def _revision(revision: Revision | None) -> Record | None:
    if revision is None:
        return None
    stored = document(revision)
    verdicts = [_only(verdict, "criterion", "version", "pass", "why") for verdict in stored["verdicts"]]
    return {**_only(stored, "raw", "parsed", "changed", "stands"), "verdicts": verdicts}


def _provenance(sample: Sample) -> Record:
    return {
        "draft": document(sample.draft.provenance) if sample.draft else None,
        "revision": document(sample.revision.provenance) if sample.revision else None,
        "decisions": [document(decision) for _, decision in sorted(sample.decisions.items())],
    }


def _only(value: Record, *names: str) -> Record:
    return {name: value.get(name) for name in names}
