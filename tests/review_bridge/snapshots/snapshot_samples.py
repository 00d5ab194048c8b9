"""Accepted samples for tests of datasets, each with words of its own, so that none repeats another by chance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from review_samples import decision, draft, planned, revision, source

from generation.items import PlannedItem
from generation.samples import DecisionKind, Draft, Revision, State, state_of
from generation.sources import SourceRef, Split
from review_bridge.fill import SourceKey
from review_bridge.parts import DecidedPart, DraftedPart, Part, PlannedPart, RevisedPart
from review_bridge.sample import Sample

GUIDE = source()
NOTES = source("notes", "b" * 64)
BENCHED = source("kept", "c" * 64).model_copy(update={"split": Split.BENCH})


def words(slot: int, many: int = 30) -> str:
    """Return a text that shares no word with that of another slot."""
    return " ".join(f"w{slot}x{number}" for number in range(many))


@dataclass(frozen=True)
class Made:
    """A sample in the making."""

    slot: int = 0
    of: SourceRef = GUIDE
    text: str | None = None
    """The evidence; None: words of its own."""
    decided: DecisionKind | None = DecisionKind.ACCEPTED
    simulated: bool = False
    changes: dict[str, str] = field(default_factory=dict)
    random_weights: bool = False
    reasons: tuple[str, ...] = ()

    @property
    def item(self) -> PlannedItem:
        return planned(self.slot, self.of, words(self.slot) if self.text is None else self.text)

    @property
    def id(self) -> str:
        return self.item.id

    @property
    def draft(self) -> Draft:
        written = draft()
        by = written.provenance.model_copy(update={"random_weights": self.random_weights})
        return written.model_copy(update={"provenance": by})

    @property
    def revision(self) -> Revision:
        made = revision(self.draft, self.reasons)
        return made.model_copy(update={"provenance": made.provenance.model_copy(update={"criteria": "spine@1"})})

    def parts(self) -> list[Part]:
        """Return what the sink would be given."""
        item, of = self.item, self.of
        found: list[Part] = [PlannedPart(item), DraftedPart(item.id, of, self.draft)]
        found.append(RevisedPart(item.id, of, self.revision))
        if self.decided is not None:
            found.append(DecidedPart(self._decision(self.decided), self.of))
        return found

    def sample(self, **fields: Any) -> Sample:
        """Return it as the store would."""
        decisions = {} if self.decided is None else {1: self._decision(self.decided)}
        stored = {
            "drafts": {"0": {"digest": self.draft.digest}},
            "revisions": {"0": {"draft_digest": self.draft.digest, "reasons": self.reasons}},
            "decisions": {str(n): {"kind": one.kind} for n, one in decisions.items()},
        }
        at = datetime(2026, 11, 28, tzinfo=UTC)
        whole = Sample(
            id=self.id, source=SourceKey(self.of.id, self.of.version), plan=self.item, drafts={0: self.draft},
            revisions={0: self.revision}, decisions=decisions, dead={}, retracted=None, at={},
            state=State(state_of(stored)), reasons=self.reasons, created_at=at, updated_at=at,
        )  # fmt: skip
        return replace(whole, **fields)

    def _decision(self, kind: DecisionKind) -> Any:
        return decision(self.id, 1, kind, simulated=self.simulated, changes=self.changes)


def ids_of(samples: Iterable[Made]) -> list[str]:
    """Return the ids of samples in the order a dataset has."""
    return sorted(one.id for one in samples)
