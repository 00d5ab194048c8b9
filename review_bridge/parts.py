"""The parts a sample is made of, one class an event; `SampleStore.merge` takes them in whatever order they come."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from generation.items import PlannedItem
from generation.model import Growing
from generation.samples import Decision, Draft, Revision
from review_bridge.fill import UNKNOWN_OFFSET, Document, Fill, Position, SourceNamed, revision_key


class Stage(StrEnum):
    """The stages whose dead marks a success clears."""

    DRAFT = "draft"
    """A draft clears them."""
    REVISE = "revise"
    """A revision of the draft that is held clears them."""


@dataclass(frozen=True, slots=True)
class PlannedPart:
    """A plan names the item."""

    item: PlannedItem
    at: Position | None = None

    @property
    def item_id(self) -> str:
        """Id of the sample."""
        return self.item.id

    def fill(self, into: Fill) -> None:
        """Add this part to what is to be written."""
        into.belongs_to(self.item.source)
        into.plan = into.plan or document(self.item)
        into.came_at("planned", self.at)


@dataclass(frozen=True, slots=True)
class DraftedPart:
    """A draft of one round; clears the dead marks of the draft stage up to this round."""

    item_id: str
    source: SourceNamed
    draft: Draft
    at: Position | None = None

    def fill(self, into: Fill) -> None:
        """Add this part to what is to be written."""
        into.belongs_to(self.source)
        into.drafts.setdefault(str(self.draft.round), document(self.draft))
        into.came_at("drafted", self.at)


@dataclass(frozen=True, slots=True)
class RevisedPart:
    """A revision of one round; if it is of the held draft, clears the revise stage's dead marks up to this round."""

    item_id: str
    source: SourceNamed
    revision: Revision
    at: Position | None = None
    trace: str | None = None
    """`traceparent` of its event: what becomes of the sample later is told in the same trace."""

    @property
    def key(self) -> str:
        """The revision's name before its draft is known."""
        return revision_key(self.revision.round, self.revision.draft_digest)

    def fill(self, into: Fill) -> None:
        """Add this part to what is to be written."""
        into.belongs_to(self.source)
        into.revisions.setdefault(self.key, document(self.revision))
        into.came_at("revised", self.at)
        into.trace = into.trace or self.trace


@dataclass(frozen=True, slots=True)
class DecidedPart:
    """A person's decision."""

    decision: Decision
    source: SourceNamed

    @property
    def item_id(self) -> str:
        """Id of the sample."""
        return self.decision.item

    def fill(self, into: Fill) -> None:
        """Add this part to what is to be written."""
        into.belongs_to(self.source)
        into.decisions.setdefault(str(self.decision.seq), document(self.decision))


@dataclass(frozen=True, slots=True)
class DeadPart:
    """A stage gave up on the item.

    A dead letter may die, be replayed and die again under one id: of its notices, which share a partition, the one with
    the greatest offset counts, so that a redelivered one changes nothing. A stage that succeeds clears its marks for
    good.
    """

    item_id: str
    source: SourceNamed
    dead_id: str
    stage: str
    why: str
    at: Position | None = None
    round: int = 0
    """The round it failed in."""

    def fill(self, into: Fill) -> None:
        """Add this part to what is to be written."""
        into.belongs_to(self.source)
        at = list(self.at) if self.at is not None else None
        mark = {"stage": str(self.stage), "round": self.round, "why": self.why, "at": at}
        if self.dead_id not in into.dead or offset_of(mark) >= offset_of(into.dead[self.dead_id]):
            into.dead[self.dead_id] = mark


@dataclass(frozen=True, slots=True)
class RevivedPart:
    """A dead letter is replayed, so its marks up to `at` count no longer; without `at`, the marks known by now.

    Give `at`: only with it the order in which notices arrive does not matter.
    """

    item_id: str
    dead_id: str
    at: Position | None = None

    def fill(self, into: Fill) -> None:
        """Add this part to what is to be written."""
        offset = self.at[2] if self.at is not None else UNKNOWN_OFFSET
        if self.at is None:
            into.revived_so_far.add(self.dead_id)
            offset = offset_of(into.dead[self.dead_id]) if self.dead_id in into.dead else UNKNOWN_OFFSET
        into.revived[self.dead_id] = max(offset, into.revived.get(self.dead_id, UNKNOWN_OFFSET))


@dataclass(frozen=True, slots=True)
class RetractedPart:
    """The item's source was withdrawn; nothing undoes this."""

    item_id: str
    reason: str

    def fill(self, into: Fill) -> None:
        """Add this part to what is to be written."""
        into.retracted = into.retracted or self.reason


Part = PlannedPart | DraftedPart | RevisedPart | DecidedPart | DeadPart | RevivedPart | RetractedPart
"""Any part of a sample."""


def offset_of(mark: Document) -> int:
    """Return the offset a dead mark came with."""
    return int(mark["at"][2]) if mark["at"] is not None else UNKNOWN_OFFSET


def document(value: Growing) -> Document:
    """Return a value as it is kept in the store."""
    return value.model_dump(mode="json", by_alias=True)
