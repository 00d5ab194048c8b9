"""One small, whole example of every payload, the records that carry events, and a publisher that only notes them."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel

from generation.ids import digest, item_id, plan_id
from generation.items import Axis, Evidence, Kind, Option, PlannedItem, Role, Target
from generation.provenance import Provenance
from generation.readings import Reading
from generation.samples import Decision, DecisionKind, Draft, Revision, Stands, Verdict, Writing
from generation.sources import Language, SourceRef, Split
from streams.broker import Position
from streams.delivery import Delivery
from streams.events import Event
from streams.payloads import (
    ItemDrafted,
    ItemPlanned,
    ItemRevised,
    PlanMade,
    SampleDecided,
    SourcePlanned,
    SourceRead,
    SourceRegistered,
    SourceSplit,
    SourceWithdrawn,
    Wanted,
)
from streams.publisher import Outgoing
from tests.streams.model_examples import model_payloads

TEXT = "Sagittal images show a disc extrusion at L4/L5 on the left."
WANTED = (Wanted(kind=Kind.MCQ, language=Language.EN),)


def source(name: str = "guide", content: bytes = b"a document") -> SourceRef:
    return SourceRef(
        id=name,
        version=digest(content),
        title="A guide",
        licence="CC-BY-4.0",
        citation="A. Author, 2024",
        split=Split.TRAIN,
        media_type="text/markdown",
    )


def planned_item(slot: int = 0, of: SourceRef | None = None) -> PlannedItem:
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
        heading_path=("Lumbar spine", "Discs"),
        evidence=(Evidence(id="p1s1", text=TEXT, page=3, start=0, end=len(TEXT)),),
        support=("p1s1",),
        target=Target(finding="disc_extrusion", level="L4/L5", side="left"),
        levels=("L4/L5",),
        options=(
            Option(id="A", text="Left disc extrusion at L4/L5", role=Role.ANSWER),
            Option(id="B", text="Left disc extrusion at L3/L4", role=Role.ADJACENT_LEVEL),
            Option(id="C", text="Right disc extrusion at L4/L5", role=Role.OTHER_SIDE),
            Option(id="D", text="Left facet cyst at L4/L5", role=Role.OTHER_FINDING),
        ),
        answer="A",
    )


def provenance() -> Provenance:
    return Provenance(
        model="scripted", model_digest="0" * 64, engine="scripted 1", prompt="mcq_draft@1", request="1" * 64, seed=7,
        candidates=1, chosen=0, prompt_tokens=10, output_tokens=5, seconds=0.5, host="node-1",
    )  # fmt: skip


def writing() -> Writing:
    return Writing(level="L4/L5", question="What do the images show?", rationale="They say so.", citations=("p1s1",))


def draft(round_: int = 0) -> Draft:
    raw = f"a draft of round {round_}"
    return Draft(round=round_, raw=raw, parsed=writing(), digest=digest(raw.encode()), provenance=provenance())


def revision() -> Revision:
    return Revision(
        round=0, draft_digest=draft().digest, raw="a revision", parsed=writing(), writing=writing(),
        changed=("question",), stands=Stands.REVISION,
        verdicts=(Verdict(criterion="answerable", version="1", passed=True),), provenance=provenance(),
    )  # fmt: skip


def decision() -> Decision:
    item = planned_item().id
    return Decision(
        id=f"{item}:1", item=item, seq=1, kind=DecisionKind.EDITED, who="Dr Li", when="2026-01-01T00:00:00Z",
        changes={"question": "Which finding is seen?"},
    )  # fmt: skip


def split(of: SourceRef | None = None) -> SourceSplit:
    return SourceSplit(
        source=of or source(), document="2" * 64, language=Language.EN, passages=4, wanted=WANTED
    )  # fmt: skip


def reading() -> Reading:
    return Reading(
        specialty="spine", condition="lumbar_disc_herniation", vocabulary="orthopaedics@1", provenance=provenance()
    )


def payloads() -> dict[str, BaseModel]:
    """Return an example of the payload of every topic, by the topic's name."""
    item, of = planned_item(), source()
    return {
        "sources": SourceRegistered(source=of, name="books/guide.md", blob=of.version, size=10, wanted=WANTED),
        "passages": split(of),
        "readings": SourceRead(split=split(of), reading=reading()),
        "plans": SourcePlanned(
            source=of,
            plan_version="1",
            plans=(PlanMade(id=item.plan, kind=Kind.MCQ, language=Language.EN, items=1),),
        ),
        "planned": ItemPlanned(item=item),
        "drafted": ItemDrafted(item=item, draft=draft()),
        "revised": ItemRevised(item_id=item.id, source_id=of.id, source_version=of.version, revision=revision()),
        "decisions": SampleDecided(source_id=of.id, source_version=of.version, decision=decision()),
        "withdrawals": SourceWithdrawn(source_id=of.id, who="an editor", when="2026-01-01T00:00:00Z", why="an error"),
        **model_payloads(),
    }


def delivery(event: Event, offset: int = 0, assignment: int = 1) -> Delivery:
    """Return the record of an event as a stage is given it."""
    return Delivery(
        Position(event.topic, 0, offset), event.key.encode(), event.value, tuple(event.headers()), assignment
    )


class Recorder:
    """Stands for a publisher where a test is about what is published and not about the broker."""

    def __init__(self) -> None:
        self.published: list[Event | Outgoing] = []
        self.failures: list[BaseException] = []
        """Raised by the next calls, first one first."""

    async def publish(self, records: Sequence[Event | Outgoing]) -> list[Position]:
        """Note the records and say that each lies at the next offset of partition 0 of its topic."""
        if self.failures:
            raise self.failures.pop(0)
        places = []
        for one in records:
            places.append(Position(one.topic, 0, sum(other.topic == one.topic for other in self.published)))
            self.published.append(one)
        return places
