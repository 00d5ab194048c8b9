"""The course that nearly every sample takes: planned, then drafted, then revised, each told once.

A step of it is a plain update that applies only where the sample stands exactly as the step finds it, so that what
follows from the step is known beforehand and the server need not compute it from all parts.
What a step does not apply to is merged by `review_bridge.pipeline`, which holds for every sample; where a step does
apply, the pipeline would have written the same (a test proves it).
"""

from __future__ import annotations

from typing import NamedTuple

from pymongo import UpdateOne

from generation.samples import State, state_of
from review_bridge.fill import Document, Fill

ABSENT: Document = {"$exists": False}


class Step(NamedTuple):
    """One step of one sample."""

    update: UpdateOne
    first: bool
    """Whether it inserts the sample; the others change one that is there."""


def step(item: str, fill: Fill) -> Step | None:
    """Return the step that a fill is; None where it is more than one step, or another thing."""
    if fill.decisions or fill.dead or fill.revived or fill.retracted is not None or len(fill.at) != 1:
        return None
    if fill.plan is not None:
        return None if fill.drafts or fill.revisions else _planned(item, fill)
    if len(fill.drafts) + len(fill.revisions) != 1:
        return None
    return _drafted(item, fill) if fill.drafts else _revised(item, fill)


def _planned(item: str, fill: Fill) -> Step:
    assert fill.source is not None
    parts: Document = {
        "source": fill.source._asdict(),
        "plan": fill.plan,
        "drafts": {},
        "revisions": {},
        "decisions": {},
        "dead": {},
        "reasons": [],
    }
    # No sample is without the field, so this never changes one: where there is a sample, its id is refused.
    return _step({"_id": item, "created_at": ABSENT}, state_of({}), parts, fill, first=True)


def _drafted(item: str, fill: Fill) -> Step:
    stands = {"_id": item, "state": State.PLANNED.value, "plan": {"$exists": True}, "dead": {}, "early": ABSENT}
    parts: Document = {"drafts": fill.drafts}
    return _step(stands, state_of(parts), parts, fill)


def _revised(item: str, fill: Fill) -> Step:
    (revision,) = fill.revisions.values()
    round_, digest = str(revision["round"]), revision["draft_digest"]
    nothing: Document = {"dead": {}, "decisions": {}, "revisions": {}, "early": ABSENT, "refused": ABSENT}
    revisions = {round_: revision}
    parts: Document = {"revisions": revisions, "reasons": revision["reasons"]}
    if fill.trace is not None:
        parts["trace"] = fill.trace
    stands = {"_id": item, "state": State.DRAFTED.value, f"drafts.{round_}.digest": digest, **nothing}
    state = state_of({"drafts": {round_: {"digest": digest}}, "revisions": revisions})
    return _step(stands, state, parts, fill)


def _step(stands: Document, state: State, parts: Document, fill: Fill, *, first: bool = False) -> Step:
    ((event, at),) = fill.at.items()
    given = {**parts, "state": state.value, f"at.{event}": [*at]}
    now = dict.fromkeys(("updated_at", f"times.{event}"), True) | ({"created_at": True} if first else {})
    return Step(UpdateOne(stands, {"$set": given, "$currentDate": now}, upsert=first), first)
