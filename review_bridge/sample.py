"""A sample as it is read from the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from generation.items import PlannedItem
from generation.samples import Decision, DecisionKind, Draft, Report, Revision, Said, Speaker, State
from review_bridge.fill import Document, Position, SourceKey


class DeadMark(NamedTuple):
    """A stage gave up on the sample and nothing has succeeded since."""

    stage: str
    round: int
    why: str
    at: Position | None


class Retraction(NamedTuple):
    """The sample's source was withdrawn."""

    reason: str
    at: datetime


class Text(NamedTuple):
    """What the sample says by now: the writing that counts, with a person's changes."""

    places: Mapping[str, str]
    """Every text by the name of its place (`generation.samples.Writing.texts`); empty where nothing is readable."""
    speakers: tuple[Speaker, ...]
    """Who says each turn of a consultation."""
    citations: tuple[str, ...]

    @property
    def question(self) -> str | None:
        """What is asked, where the kind asks."""
        return self.places.get("question")

    @property
    def rationale(self) -> str | None:
        """Why the answer is right, where the kind says so."""
        return self.places.get("rationale")

    @property
    def answer(self) -> str | None:
        """The answer of an open question."""
        return self.places.get("answer")

    @property
    def turns(self) -> tuple[Said, ...]:
        """A consultation."""
        return tuple(
            Said(role=role, text=self.places.get(f"turns.{number}", "")) for number, role in enumerate(self.speakers)
        )

    @property
    def report(self) -> dict[str, str] | None:
        """The parts of a report by name, in order; None where there is none."""
        parts = {name: self.places[f"report.{name}"] for name in Report.model_fields if f"report.{name}" in self.places}
        return parts or None


@dataclass(frozen=True, slots=True)
class Sample:
    """All parts of one sample that are held."""

    id: str
    source: SourceKey | None
    plan: PlannedItem | None
    drafts: Mapping[int, Draft]
    revisions: Mapping[int, Revision]
    decisions: Mapping[int, Decision]
    dead: Mapping[str, DeadMark]
    retracted: Retraction | None
    at: Mapping[str, Position]
    state: State
    reasons: tuple[str, ...]
    """Why the newest whole revision was held; kept after a decision."""
    created_at: datetime
    updated_at: datetime
    times: Mapping[str, datetime] = field(default_factory=dict)
    """When the store first held what an event says: `planned`, `drafted`, `revised`."""
    trace: str | None = None
    """`traceparent` that it came with, where its trace was followed."""

    @property
    def revision(self) -> Revision | None:
        """The newest revision whose draft is held."""
        held = {(draft.round, draft.digest) for draft in self.drafts.values()}
        whole = [r for r, revision in self.revisions.items() if (r, revision.draft_digest) in held]
        return self.revisions[max(whole)] if whole else None

    @property
    def draft(self) -> Draft | None:
        """The draft of that revision, or the newest one if there is no revision."""
        if (revision := self.revision) is not None:
            return self.drafts[revision.round]
        return self.drafts[max(self.drafts)] if self.drafts else None

    @property
    def decision(self) -> Decision | None:
        """The latest decision."""
        return self.decisions[max(self.decisions)] if self.decisions else None

    @property
    def text(self) -> Text:
        """The revision's words, before there is one the draft's, with the changes of the latest decision on top."""
        revision, draft = self.revision, self.draft
        writing = revision.writing if revision else (draft.parsed if draft else None)
        edit = self.decision.changes if self.decision and self.decision.kind is DecisionKind.EDITED else {}
        return Text(
            places={**(writing.texts() if writing else {}), **edit},
            speakers=tuple(said.role for said in writing.turns) if writing else (),
            citations=writing.citations if writing else (),
        )


def sample_of(document: Document) -> Sample:
    """Return the sample that a stored document holds."""
    source, plan, retracted = document.get("source"), document.get("plan"), document.get("retracted")
    return Sample(
        id=document["_id"],
        source=SourceKey(source["id"], source["version"]) if source else None,
        plan=PlannedItem.model_validate(plan) if plan else None,
        drafts={int(r): Draft.model_validate(d) for r, d in document.get("drafts", {}).items()},
        revisions={int(r): Revision.model_validate(d) for r, d in document.get("revisions", {}).items()},
        decisions={int(n): Decision.model_validate(d) for n, d in document.get("decisions", {}).items()},
        dead={name: _mark(mark) for name, mark in document.get("dead", {}).items()},
        retracted=Retraction(retracted["reason"], retracted["at"]) if retracted else None,
        at={event: _position(at) for event, at in document.get("at", {}).items()},
        state=State(document["state"]),
        reasons=tuple(document["reasons"]),
        created_at=utc(document["created_at"]),
        updated_at=utc(document["updated_at"]),
        times={event: utc(at) for event, at in document.get("times", {}).items()},
        trace=document.get("trace"),
    )


def _mark(mark: Document) -> DeadMark:
    return DeadMark(mark["stage"], mark["round"], mark["why"], _position(mark["at"]) if mark["at"] else None)


def _position(at: list[str | int]) -> Position:
    topic, partition, offset = at
    return str(topic), int(partition), int(offset)


def utc(when: datetime) -> datetime:
    """Return a time of the store with its zone: they are UTC, whether or not the client says so."""
    return when if when.tzinfo else when.replace(tzinfo=UTC)
