"""A reviewer who is none: decides queued samples by a stated rule, so that a demo or a test has decisions to show.

Every decision is marked `simulated`, is by `SIMULATED`, and says so in its reason; it is made only where it was asked
for. What it decides says nothing about a sample's worth.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from generation.samples import DecisionKind
from review_bridge.decisions import editable
from review_bridge.errors import DecisionConflict
from review_bridge.leases import Holder
from review_bridge.review import Opened, Review

SIMULATED = "simulated reviewer"
"""Name that simulated decisions are by."""
MARK = " [simulated edit]"
"""What a simulated edit adds to the first text of a sample: its only change."""
_WHY = "simulated: drawn by the seed, not judged"


@dataclass(frozen=True, slots=True)
class Shares:
    """How simulated decisions are drawn: a number in [0, 1) from the seed and the sample's id, so that neither order
    nor time matters, accepted below `accepted`, edited below the sum with `edited`, else rejected."""

    accepted: float = 0.75
    edited: float = 0.15

    def __post_init__(self) -> None:
        if min(self.accepted, self.edited) < 0 or self.accepted + self.edited > 1:
            raise ValueError("shares of accepted and edited samples are 0 or more, and 1 or less together")

    def kind(self, seed: int, item_id: str) -> DecisionKind:
        """Return what is decided on a sample."""
        number = int.from_bytes(hashlib.sha256(f"{seed}:{item_id}".encode()).digest()[:8], "big") / 2**64
        if number < self.accepted:
            return DecisionKind.ACCEPTED
        return DecisionKind.EDITED if number < self.accepted + self.edited else DecisionKind.REJECTED


class Simulated(NamedTuple):
    """How many decisions of each kind were made."""

    accepted: int
    edited: int
    rejected: int


async def simulate(review: Review, *, seed: int, limit: int | None = None, shares: Shares | None = None) -> Simulated:
    """Decide every queued sample that nobody has open, at most `limit` of them; returns when there is none left.

    Call it again for samples that are queued later: the same seed gives the same decisions.
    """
    shares, holder = shares or Shares(), Holder(SIMULATED, f"simulation-{seed}")
    counts = dict.fromkeys(DecisionKind, 0)
    while limit is None or sum(counts.values()) < limit:
        opened = await review.next(holder)
        if opened is None:
            break
        kind = shares.kind(seed, opened.sample.id)
        changes = _changes(opened) if kind is DecisionKind.EDITED else {}
        try:
            await review.decide(opened, kind, holder=holder, why=_WHY, changes=changes, simulated=True)
        except DecisionConflict:
            continue
        counts[kind] += 1
    return Simulated(*(counts[kind] for kind in (DecisionKind.ACCEPTED, DecisionKind.EDITED, DecisionKind.REJECTED)))


def _changes(opened: Opened) -> Mapping[str, str]:
    places = opened.sample.text.places
    name = next(name for name in editable(opened.sample) if name in places)
    return {name: places[name] + MARK}
