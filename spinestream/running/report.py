"""What a run amounts to: counts are the state of the sources given, calls, tokens and seconds those of this
invocation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from actors.budget import BudgetStanding
from actors.usage import Used
from review_bridge import SampleCounts
from spinestream.errors import DONE, UNFINISHED
from spinestream.running.kinds import KindStanding, by_kind, plan_ids
from spinestream.running.studies import Studies
from spinestream.wiring import Parts
from streams.controls import Paused


@dataclass(frozen=True, slots=True)
class Refused:
    """A path that was not taken, and why."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the sources given and their items stand."""

    sources: int
    withdrawn: int
    passages: int
    planned: int
    """Items that the plans name."""
    unplanned: int
    """Sources without a plan that are not dead."""
    samples: SampleCounts
    """Those of sources that are not withdrawn."""
    retracted: int
    """Samples of sources that are."""
    unswept: int
    """Samples of withdrawn sources that are not retracted yet: a command was cut off between tombstone and sweep."""
    dead_sources: Mapping[str, str]
    """{source version: why}."""
    untaken: int = 0
    """Documents that an interrupted run did not come to."""

    @property
    def missing(self) -> int:
        """Items that a plan names and the store has not heard of yet."""
        return max(0, self.planned - self.samples.total)

    @property
    def open(self) -> int:
        """Documents not taken in, sources not planned, items not settled."""
        return self.untaken + self.unplanned + self.missing + self.samples.open + self.unswept

    def moves(self, paused: Collection[str]) -> bool:
        """Whether anything that is open can go on while these stages stand still."""
        drafts, revisions = self.samples.open_planned, self.samples.open - self.samples.open_planned
        return bool(
            self.missing
            or self.unswept
            or (self.unplanned and not {"intake", "read", "plan"}.intersection(paused))
            or (drafts and "draft" not in paused)
            or (revisions and "revise" not in paused)
        )

    @property
    def finished(self) -> bool:
        """True when each source is planned or dead and every item that is planned is settled."""
        return self.open == 0

    @property
    def dead(self) -> dict[str, int]:
        """Dead sources and items by reason."""
        return dict(Counter(self.dead_sources.values()) + Counter(self.samples.dead_by_why))


async def standing(parts: Parts, versions: Collection[str] | None) -> Standing:
    """Look where everything stands: the source versions given, or all.

    A source is planned when every plan that is wanted of it is made; where it is not split yet, a plan in its own
    language has no id, and it counts as unplanned.
    """
    documents = await parts.sources.known(versions)
    gone = await parts.sources.withdrawn([one["id"] for one in documents])
    # Withdrawn sources are left out of all that is compared below: their retracted samples stand for no planned item.
    live = [one for one in documents if one["id"] not in gone]
    swept = [one["_id"] for one in documents if one["id"] in gone]
    dead = await parts.dead_letters.subjects(None, [one["_id"] for one in live])
    wanted = {one["_id"]: plan_ids(one) for one in live}
    ids = [plan for of_source in wanted.values() for plan in of_source if plan]
    plans = {plan["_id"]: plan async for plan in parts.sources.plans.find({"_id": {"$in": ids}})}
    unplanned = {version for version, of_source in wanted.items() if not plans.keys() >= of_source} - dead.keys()
    samples = await parts.store.counts([one["_id"] for one in live])
    gone_samples = await parts.store.counts(swept)
    return Standing(
        sources=len(documents),
        withdrawn=len(swept),
        passages=sum((one.get("split_into") or {}).get("passages", 0) for one in documents),
        planned=sum(plan["items"] for plan in plans.values()),
        unplanned=len(unplanned),
        samples=samples,
        retracted=gone_samples.retracted + samples.retracted,
        unswept=gone_samples.total - gone_samples.retracted,
        dead_sources=dead,
    )


@dataclass
class RunReport:
    """The summary of a `run`."""

    standing: Standing
    refused: list[Refused]
    used: Used
    seconds: float
    kinds: Sequence[KindStanding] = ()
    paused: Mapping[str, Paused] = field(default_factory=dict)
    """Stages that stood still at its end."""
    budget: BudgetStanding | None = None
    studies: Studies = field(default_factory=Studies)

    def as_json(self) -> dict[str, Any]:
        """Return the object that `--json` prints."""
        samples = self.standing.samples
        revised = samples.queued + samples.held + samples.accepted + samples.edited + samples.rejected
        return {
            "sources": self.standing.sources,
            "refused": [{"path": one.path, "why": one.why} for one in self.refused],
            "studies": self.studies.studies,
            "quarantined": self.studies.quarantined,
            "passages": self.standing.passages,
            "planned": self.standing.planned,
            "drafted": samples.drafted + revised,
            "revised": revised,
            "queued": samples.queued,
            "accepted": samples.accepted,
            "edited": samples.edited,
            "rejected": samples.rejected,
            "retracted": self.standing.retracted,
            "held": dict(samples.held_by_reason),
            "held_items": samples.held,
            "dead": self.standing.dead,
            "open": self.standing.open,
            "by_kind": by_kind(self.kinds),
            "paused": {stage: asdict(one) for stage, one in self.paused.items()},
            "budget": self.budget.as_json() if self.budget else None,
            "model_calls": self.used.calls,
            "prompt_tokens": self.used.prompt_tokens,
            "output_tokens": self.used.output_tokens,
            "seconds": round(self.seconds, 2),
        }

    @property
    def exit_code(self) -> int:
        """0 done (held items included), 3 when anything is dead, refused, quarantined or open."""
        whole = not (self.refused or self.studies.quarantined or self.studies.left)
        return DONE if whole and not (self.standing.open or self.standing.dead) else UNFINISHED


def display_name(path: Path) -> str:
    """Return how a path is named on the screen: relative to where the command was called, where that is shorter."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
