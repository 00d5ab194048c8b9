"""Items, drafts and revisions as the stages would make them, for tests that fill a store without a model."""

from __future__ import annotations

from collections.abc import Sequence

from generation.ids import digest, item_id, plan_id
from generation.items import Axis, Evidence, Kind, Option, PlannedItem, Role, Target
from generation.planning import PLAN_VERSION
from generation.provenance import Provenance
from generation.samples import Draft, Revision, Verdict, Writing
from generation.sources import Language, SourceRef, Split
from review_bridge.parts import DraftedPart, Part, PlannedPart, RevisedPart

TEXT = "L4/L5 shows a disc extrusion."


def planned_item(source_id: str, version: str, slot: int) -> PlannedItem:
    """Return the item of a slot."""
    return PlannedItem(
        id=item_id(version, PLAN_VERSION, "mcq", "en", slot),
        source=SourceRef(
            id=source_id, version=version, title="A guide", licence="MIT", split=Split.TRAIN, media_type="text/plain"
        ),
        plan=plan_id(version, PLAN_VERSION, "mcq", "en"),
        plan_version=PLAN_VERSION,
        slot=slot,
        kind=Kind.MCQ,
        language=Language.EN,
        axis=Axis.PATHOLOGY,
        evidence=(Evidence(id="p1s1", text=TEXT, start=0, end=len(TEXT)),),
        support=("p1s1",),
        target=Target(finding="disc_extrusion", level="L4/L5"),
        levels=("L4/L5",),
        options=(
            Option(id="A", text="Disc extrusion at L4/L5", role=Role.ANSWER),
            Option(id="B", text="Disc extrusion at L3/L4", role=Role.ADJACENT_LEVEL),
        ),
        answer="A",
    )


def provenance() -> Provenance:
    """Return who answered."""
    return Provenance(
        model="scripted", model_digest="0" * 64, engine="scripted 1", prompt="mcq@1", request="1" * 64, seed=7,
        candidates=1, chosen=0, prompt_tokens=10, output_tokens=5, seconds=0.5, host="a-host",
    )  # fmt: skip


def revised_parts(item: PlannedItem, reasons: Sequence[str] = (), question: str = "What is [seen] here?") -> list[Part]:
    """Return all parts of a sample that is queued, or held with reasons."""
    writing = Writing(level="L4/L5", question=question, rationale="The report says so.", citations=("p1s1",))
    raw = f"a draft of {item.id}"
    draft = Draft(round=0, raw=raw, parsed=writing, digest=digest(raw.encode()), provenance=provenance())
    revision = Revision(
        round=0, draft_digest=draft.digest, raw="a revision", parsed=writing, writing=writing, provenance=provenance(),
        verdicts=(Verdict(criterion="answerable", version="1", passed=not reasons, why="because"),),
        reasons=tuple(reasons),
    )  # fmt: skip
    return [PlannedPart(item), DraftedPart(item.id, item.source, draft), RevisedPart(item.id, item.source, revision)]
