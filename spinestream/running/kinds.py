"""How the items of each kind in each language stand: what the queued share is told by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from generation.ids import plan_id
from generation.items import Kind
from generation.planning import PLAN_VERSION
from review_bridge.counts import KindCounts
from spinestream.wiring import Parts
from streams.wanted import wanted_of


@dataclass(frozen=True, slots=True)
class KindStanding:
    """How the items of one kind in one language stand."""

    kind: str
    language: str
    planned: int
    """Items that the plans name."""
    queued: int
    """Of them: in the review queue, or decided on by a person."""
    held: int
    dead: int

    @property
    def queued_share(self) -> float | None:
        """Queued of those that the checks have judged, 0 to 1; None where they have judged none."""
        judged = self.queued + self.held
        return self.queued / judged if judged else None


async def kinds(parts: Parts, versions: Collection[str] | None = None) -> tuple[KindStanding, ...]:
    """Count the items of the source versions given, or of all, by kind, then language; withdrawn sources left out."""
    documents = await parts.sources.known(versions)
    gone = await parts.sources.withdrawn([one["id"] for one in documents])
    live = [one for one in documents if one["id"] not in gone]
    ids = [plan for one in live for plan in plan_ids(one) if plan]
    planned: Counter[tuple[str, str]] = Counter()
    async for plan in parts.sources.plans.find({"_id": {"$in": ids}}):
        planned[plan["kind"], plan["language"]] += plan["items"]
    counts = await parts.store.kinds([one["_id"] for one in live])
    none = KindCounts(0, 0, 0)
    return tuple(KindStanding(*one, planned[one], *counts.get(one, none)) for one in sorted(planned, key=_order))


def _order(kind_and_language: tuple[str, str]) -> tuple[int, str]:
    kind, language = kind_and_language
    return [one.value for one in Kind].index(kind), language


def plan_ids(document: Mapping[str, Any]) -> set[str | None]:
    """Return the ids of the plans wanted of a source; None stands for one whose language its split will tell."""
    return {
        plan_id(document["_id"], PLAN_VERSION, one.kind, one.language) if one.language else None
        for one in wanted_of(document)
    }


def by_kind(kinds: Iterable[KindStanding]) -> dict[str, dict[str, dict[str, Any]]]:
    """Return {kind: {language: counts}} as `--json` prints it."""
    told: dict[str, dict[str, dict[str, Any]]] = {}
    for one in kinds:
        share = one.queued_share
        told.setdefault(one.kind, {})[one.language] = {
            "planned": one.planned,
            "queued": one.queued,
            "held": one.held,
            "dead": one.dead,
            "queued_share": None if share is None else round(share, 4),
        }
    return told
