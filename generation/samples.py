"""A sample's parts and its state, which is a pure function of the parts that are there."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import Field

from generation.model import Growing
from generation.provenance import Provenance


class State(StrEnum):
    """Where a sample stands."""

    PLANNED = "planned"
    """Named by a plan, not drafted yet."""
    DRAFTED = "drafted"
    """A draft is stored."""
    QUEUED = "queued"
    """Revised, every check passed, waiting for a clinician."""
    HELD = "held"
    """Revised, kept back from the queue with reasons."""
    ACCEPTED = "accepted"
    """Accepted as it stands."""
    EDITED = "edited"
    """Accepted with a clinician's changes."""
    REJECTED = "rejected"
    """Rejected with a reason."""
    RETRACTED = "retracted"
    """Its source was withdrawn."""


class Verdict(Growing):
    """What one criterion says of a sample."""

    criterion: str
    version: str
    passed: bool = Field(alias="pass")
    why: str = ""

    model_config = Growing.model_config | {"populate_by_name": True, "serialize_by_alias": True}


class Speaker(StrEnum):
    """Who speaks in a consultation."""

    PATIENT = "patient"
    """Asks and tells."""
    DOCTOR = "doctor"
    """Answers, explains and at last proposes a plan."""


class Said(Growing):
    """One turn of a consultation."""

    role: Speaker
    text: str


class Report(Growing):
    """The six parts of a diagnostic report (reported of SpineMed-450k)."""

    imaging_findings: str
    """Structured imaging findings, by level."""
    diagnosis: str
    """AI-assisted diagnosis."""
    treatment: str
    """Once in plain language for the patient, once as a decision path for the physician."""
    risk_prognosis: str
    """Risk and prognosis."""
    postoperative: str
    """Management of problems after an operation."""
    basis_disclaimer: str
    """What the diagnosis rests on, and the disclaimer."""


class Writing(Growing):
    """What a model writes of an item; a kind fills the fields it has, the others stay empty."""

    level: str
    """The level the model says the target is at; an enum of the levels its evidence names."""
    question: str
    """What is asked: of the reader (multiple choice, open question); empty for the other kinds."""
    rationale: str
    """Why the answer is right; of an open question the reasoning; empty for the other kinds."""
    citations: tuple[str, ...]
    answer: str = ""
    """The answer of an open question."""
    turns: tuple[Said, ...] = ()
    """A consultation, patient first."""
    report: Report | None = None
    """A report."""

    def texts(self) -> dict[str, str]:
        """Return every free text by the name of its place: `question`, `turns.2`, `report.diagnosis`; empty ones left
        out."""
        named = {"question": self.question, "rationale": self.rationale, "answer": self.answer}
        named |= {f"turns.{number}": said.text for number, said in enumerate(self.turns)}
        if self.report is not None:
            named |= {f"report.{part}": text for part, text in self.report}
        return {name: text for name, text in named.items() if text}


class Draft(Growing):
    """The first writing of an item."""

    round: int = Field(ge=0)
    raw: str
    """The chosen completion, as the model wrote it."""
    parsed: Writing | None
    """None when the completion is not readable."""
    reasons: tuple[str, ...] = ()
    """What the checks said of the chosen candidate."""
    digest: str
    """sha256 of raw; a revision names the draft it revised by it."""
    provenance: Provenance


class Stands(StrEnum):
    """Whose wording a revised sample carries."""

    REVISION = "revision"
    """The reviser's."""
    DRAFT = "draft"
    """The draft's: it passes the checks and the reviser's does not."""


class Revision(Growing):
    """The second writing of an item, with verdicts and what follows from them."""

    round: int = Field(ge=0)
    draft_digest: str
    raw: str
    parsed: Writing | None
    """What the reviser wrote, read from `raw`; the level is the draft's."""
    writing: Writing | None = None
    """The wording that counts from here on: `parsed`, or the draft's where `stands` says so; None when nothing is
    readable."""
    stands: Stands = Stands.REVISION
    """Whose wording `writing` is; with `draft`, `changed` is empty."""
    changed: tuple[str, ...] = ()
    """What differs from the draft: names of `Writing.texts`, and `citations`."""
    verdicts: tuple[Verdict, ...] = ()
    reasons: tuple[str, ...] = ()
    """Why it is held; empty means queued."""
    provenance: Provenance
    corrected: Provenance | None = None
    """What answered the corrective turn, where a check failed and one was taken."""


class DecisionKind(StrEnum):
    """What a person decided."""

    ACCEPTED = "accepted"
    """Good as it stands."""
    EDITED = "edited"
    """Good with the changes given."""
    REJECTED = "rejected"
    """Not usable."""
    REOPENED = "reopened"
    """The decision before it is taken back: the sample waits as if nobody had decided."""


class Decision(Growing):
    """A person's decision: append-only, the latest counts."""

    id: str
    item: str
    seq: int = Field(ge=1)
    kind: DecisionKind
    who: str = Field(min_length=1)
    when: str
    why: str = ""
    changes: dict[str, str] = Field(default_factory=dict)
    """New text of a place by its name in `Writing.texts`, for an edit."""
    simulated: bool = False
    """True when no person decided."""


def state_of(parts: Mapping[str, Any]) -> State:
    """Return the state of a sample document from the parts it holds.

    `parts` may hold `retracted`, `decisions` ({seq: decision}), `drafts` and `revisions` ({round: part}). The newest
    round whose revision names the draft that is held counts; a decision counts only once the sample has been revised,
    and one that reopens it leaves it as it was before anybody decided.
    """
    if parts.get("retracted"):
        return State.RETRACTED
    drafts: Mapping[str, Any] = parts.get("drafts") or {}
    revisions: Mapping[str, Any] = parts.get("revisions") or {}
    decisions: Mapping[str, Any] = parts.get("decisions") or {}
    whole = [r for r, rev in revisions.items() if r in drafts and drafts[r]["digest"] == rev["draft_digest"]]
    if not whole:
        return State.DRAFTED if drafts else State.PLANNED
    if decisions and (kind := decisions[max(decisions, key=int)]["kind"]) != DecisionKind.REOPENED:
        return State(kind)
    newest = revisions[max(whole, key=int)]
    return State.HELD if newest["reasons"] else State.QUEUED
