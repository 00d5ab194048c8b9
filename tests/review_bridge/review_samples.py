"""Small samples for the tests of the review bridge; every builder takes only what its test is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generation.ids import digest, item_id, plan_id
from generation.items import Axis, Evidence, Kind, Option, PlannedItem, Role, Target
from generation.provenance import Provenance
from generation.samples import Decision, DecisionKind, Draft, Revision, Verdict, Writing
from generation.sources import Language, SourceRef, Split

VERSION = digest(b"a document")


def source(name: str = "guide", version: str = VERSION) -> SourceRef:
    return SourceRef(
        id=name, version=version, title="A guide", licence="CC-BY-4.0", split=Split.TRAIN, media_type="text/markdown"
    )


def planned(slot: int = 0, of: SourceRef | None = None, text: str = "L4/L5 shows a disc extrusion.") -> PlannedItem:
    of = of or source()
    return PlannedItem(
        id=item_id(of.version, "1", "mcq", "en", slot),
        source=of,
        plan=plan_id(of.version, "1", "mcq", "en"),
        plan_version="1",
        slot=slot,
        kind=Kind.MCQ,
        language=Language.EN,
        axis=Axis.PATHOLOGY,
        evidence=(Evidence(id="p1s1", text=text, start=0, end=len(text)),),
        support=("p1s1",),
        target=Target(finding="disc_extrusion", level="L4/L5"),
        levels=("L4/L5",),
        options=(
            Option(id="A", text="Disc extrusion at L4/L5", role=Role.ANSWER),
            Option(id="B", text="Disc extrusion at L3/L4", role=Role.ADJACENT_LEVEL),
        ),
        answer="A",
    )


def provenance(host: str = "node-1", seconds: float = 0.5) -> Provenance:
    return Provenance(
        model="scripted",
        model_digest="0" * 64,
        engine="scripted 1",
        prompt="mcq@1",
        request="1" * 64,
        seed=7,
        candidates=1,
        chosen=0,
        prompt_tokens=10,
        output_tokens=5,
        seconds=seconds,
        host=host,
    )


def writing(question: str = "What is seen?") -> Writing:
    return Writing(level="L4/L5", question=question, rationale="The report says so.", citations=("p1s1",))


def draft(round_: int = 0, raw: str = "a draft", host: str = "node-1", readable: bool = True) -> Draft:
    raw = f"{raw} of round {round_}"
    parsed = writing("A draft's question?") if readable else None
    return Draft(round=round_, raw=raw, parsed=parsed, digest=digest(raw.encode()), provenance=provenance(host))


def revision(
    of: Draft,
    reasons: tuple[str, ...] = (),
    readable: bool = True,
    host: str = "node-1",
    question: str = "What is seen?",
) -> Revision:
    return Revision(
        round=of.round,
        draft_digest=of.digest,
        raw=f"a revision of {of.raw}",
        parsed=writing(question) if readable else None,
        writing=writing(question) if readable else None,
        changed=("question",),
        verdicts=(Verdict(criterion="answerable", version="1", passed=not reasons, why="because"),),
        reasons=reasons,
        provenance=provenance(host),
    )


def decision(item: str, seq: int = 1, kind: DecisionKind = DecisionKind.ACCEPTED, **fields: object) -> Decision:
    stated: dict[str, object] = {"who": "Dr Li", "when": "2026-11-24T10:00:00+00:00"} | fields
    return Decision.model_validate({"id": f"{item}:{seq}", "item": item, "seq": seq, "kind": kind, **stated})


def comparable(document: Mapping[str, Any]) -> dict[str, Any]:
    """A document without what differs from one sample, and one moment, to the next."""
    told = {name: value for name, value in document.items() if name not in ("_id", "created_at", "updated_at")}
    told["times"] = sorted(told.get("times", {}))
    if "plan" in told:
        told["plan"] = told["plan"] | {"id": None}
    told["decisions"] = {seq: one | {"id": None, "item": None} for seq, one in told["decisions"].items()}
    if "retracted" in told:
        told["retracted"] = told["retracted"]["reason"]
    return told
