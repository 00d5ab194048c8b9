"""What a batch of events has to say about one sample, folded: the first of each part, the last of each position."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

Document = dict[str, Any]
"""A MongoDB document, or a piece of one; made and read inside this package only."""

Position = tuple[str, int, int]
"""Topic, partition, offset of the event that brought a part."""

UNKNOWN_OFFSET = -1
"""Stands for the offset of a dead mark that came without a position: any revival clears it."""


class SourceNamed(Protocol):
    """Anything that names a source version: `SourceRef`, `SourceKey`."""

    @property
    def id(self) -> str:
        """The source's id."""

    @property
    def version(self) -> str:
        """sha256 of the bytes."""


class SourceKey(NamedTuple):
    """The source version of a sample, as the sample's document keeps it."""

    id: str
    version: str


@dataclass
class Fill:
    """The parts that one sample is to be filled with; all maps have the keys of the document."""

    source: SourceKey | None = None
    plan: Document | None = None
    drafts: dict[str, Document] = field(default_factory=dict)
    """By round."""
    revisions: dict[str, Document] = field(default_factory=dict)
    """By `revision_key`: several may claim a round until its draft is there."""
    decisions: dict[str, Document] = field(default_factory=dict)
    """By seq."""
    dead: dict[str, Document] = field(default_factory=dict)
    """By dead letter id."""
    revived: dict[str, int] = field(default_factory=dict)
    """By dead letter id: marks up to this offset count no longer."""
    revived_so_far: set[str] = field(default_factory=set)
    """Ids of dead letters whose mark in the store, if there is one, counts no longer."""
    retracted: str | None = None
    """The reason."""
    at: dict[str, Position] = field(default_factory=dict)
    """By what the event says of the sample: `planned`, `drafted`, `revised`."""
    trace: str | None = None
    """`traceparent` of the event that brought a revision, where its trace is followed."""

    def belongs_to(self, source: SourceNamed) -> None:
        """Note the source version; the first one counts."""
        self.source = self.source or SourceKey(source.id, source.version)

    def came_at(self, event: str, at: Position | None) -> None:
        """Note where an event lies; the latest one counts, because that is the one a broker still holds."""
        if at is not None:
            self.at[event] = at


def revision_key(round_: int, draft_digest: str) -> str:
    """Return the name of a revision before its draft is known: `<round>:<digest of the draft it revised>`."""
    return f"{round_}:{draft_digest}"
