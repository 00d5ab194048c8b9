"""The update that merges a `Fill` into a sample's document, as one MongoDB pipeline.

Every step is commutative and idempotent: a part that is there stays, maps only grow, and what leaves a map (a dead
mark, an early revision) leaves it by a rule over the whole document and not by the order of arrival.
"""

from __future__ import annotations

from typing import Any

from review_bridge.fill import UNKNOWN_OFFSET, Document, Fill
from review_bridge.parts import Stage, offset_of
from review_bridge.state import DRAFT_PAIRS, NEWEST_DRAFT, NEWEST_WHOLE, REASONS, STATE, Expression, entries


def pipeline(fill: Fill) -> list[Document]:
    """Return the stages that merge `fill`, then compute what follows from all parts."""
    stages: list[Document] = [{"$set": _parts(fill)}]
    if fill.drafts or fill.revisions:
        stages.append({"$set": _MATCH_REVISIONS})
    if fill.drafts or fill.revisions or fill.dead or fill.revived:
        stages.append({"$set": {"dead": _LIVING_MARKS}})
    stages.append({"$set": {"state": STATE, "reasons": REASONS}})
    return stages


def _parts(fill: Fill) -> Document:
    fields: Document = {
        "drafts": _absent_only("$drafts", fill.drafts),
        "revisions": {"$ifNull": ["$revisions", {}]},
        "decisions": _absent_only("$decisions", fill.decisions),
        "dead": {"$mergeObjects": ["$dead", _later_marks(fill.dead)]},
        "at": {"$mergeObjects": ["$at", {"$literal": {event: list(at) for event, at in fill.at.items()}}]},
        "created_at": {"$ifNull": ["$created_at", "$$NOW"]},
        "updated_at": "$$NOW",
    }
    if fill.at:
        fields["times"] = {"$mergeObjects": [dict.fromkeys(fill.at, "$$NOW"), "$times"]}
    if fill.trace is not None:
        fields["trace"] = {"$ifNull": ["$trace", {"$literal": fill.trace}]}
    if fill.source is not None:
        fields["source"] = {"$ifNull": ["$source", {"$literal": fill.source._asdict()}]}
    if fill.plan is not None:
        fields["plan"] = {"$ifNull": ["$plan", {"$literal": fill.plan}]}
    if fill.revisions:
        fields["early"] = _absent_only("$early", fill.revisions)
    if fill.revived:
        fields["revived"] = {"$mergeObjects": ["$revived", _later_revivals(fill)]}
    if fill.retracted is not None:
        fields["retracted"] = {"$ifNull": ["$retracted", {"reason": {"$literal": fill.retracted}, "at": "$$NOW"}]}
    return fields


def _absent_only(path: str, new: dict[str, Any]) -> Expression:
    return {"$mergeObjects": [{"$literal": new}, path]}


def _field(path: str, name: str) -> Expression:
    # Not "$dead.<name>": the names come from outside and may hold dots.
    return {"$getField": {"field": {"$literal": name}, "input": path}}


def _offset(mark: Expression | str) -> Expression:
    at = {"$getField": {"field": "at", "input": mark}}
    return {"$ifNull": [{"$arrayElemAt": [at, 2]}, UNKNOWN_OFFSET]}


def _later_marks(marks: dict[str, Document]) -> Expression:
    """Return {id: the given or the present mark, whichever has the greater offset}."""
    pairs = []
    for name, mark in marks.items():
        present = _field("$dead", name)
        present_is_later = {"$and": [{"$gt": [present, None]}, {"$gt": [_offset(present), offset_of(mark)]}]}
        chosen = {"$cond": [present_is_later, present, {"$literal": mark}]}
        pairs.append({"k": {"$literal": name}, "v": chosen})
    return {"$arrayToObject": [pairs]}


def _later_revivals(fill: Fill) -> Expression:
    """Return {id: the greatest of the given offset, the present one and, where asked for, that of the present mark}."""
    pairs = []
    for name, offset in fill.revived.items():
        marked = [_offset(_field("$dead", name))] if name in fill.revived_so_far else []
        pairs.append({"k": {"$literal": name}, "v": {"$max": [_field("$revived", name), offset, *marked]}})
    return {"$arrayToObject": [pairs]}


def _unless_empty(objects: Expression) -> Expression:
    return {"$let": {"vars": {"x": objects}, "in": {"$cond": [{"$eq": ["$$x", {}]}, "$$REMOVE", "$$x"]}}}


def _early(condition: Expression, key: Expression | str, value: Expression | str | bool) -> Expression:
    """Return the object of the early revisions for which `condition` holds, as {key: value}."""
    kept = {"$filter": {"input": entries("$early"), "as": "e", "cond": condition}}
    pair = {"k": key, "v": value}
    return {"$arrayToObject": {"$map": {"input": kept, "as": "e", "in": pair}}}


_ROUND: Expression = {"$toString": "$$e.v.round"}
_OF_HELD_DRAFT: Expression = {"$in": [[_ROUND, "$$e.v.draft_digest"], DRAFT_PAIRS]}
_DRAFT_IS_HELD: Expression = {"$in": [_ROUND, {"$map": {"input": entries("$drafts"), "as": "d", "in": "$$d.k"}}]}
_OF_OTHER_DRAFT: Expression = {"$and": [_DRAFT_IS_HELD, {"$not": [_OF_HELD_DRAFT]}]}

# All three read the document as it was before this stage: a revision waits in `early` until the draft of its round is
# there, then either becomes the round's revision or is refused, whichever of the two came first.
_MATCH_REVISIONS: Document = {
    "revisions": {"$mergeObjects": [_early(_OF_HELD_DRAFT, _ROUND, "$$e.v"), "$revisions"]},
    "refused": _unless_empty({"$mergeObjects": ["$refused", _early(_OF_OTHER_DRAFT, "$$e.k", value=True)]}),
    "early": _unless_empty(_early({"$not": [_DRAFT_IS_HELD]}, "$$e.k", "$$e.v")),
}


# The mark's revival, [{k, v: offset}] of none or one.
_REVIVAL: Expression = {"$filter": {"input": entries("$revived"), "as": "r", "cond": {"$eq": ["$$r.k", "$$mark.k"]}}}
_REVIVED_UP_TO: Expression = {"$max": {"$map": {"input": _REVIVAL, "as": "r", "in": "$$r.v"}}}
_REVIVED: Expression = {"$gte": [_REVIVED_UP_TO, _offset("$$mark.v")]}


def _overtaken(stage: Stage, newest: str) -> Expression:
    return {"$and": [{"$eq": ["$$mark.v.stage", stage.value]}, {"$gte": [newest, "$$mark.v.round"]}]}


_LIVING_MARKS: Expression = {
    "$let": {
        "vars": {"drafted": NEWEST_DRAFT, "revised": NEWEST_WHOLE},
        "in": {
            "$arrayToObject": {
                "$filter": {
                    "input": entries("$dead"),
                    "as": "mark",
                    "cond": {
                        "$not": [
                            {
                                "$or": [
                                    _REVIVED,
                                    _overtaken(Stage.DRAFT, "$$drafted.n"),
                                    _overtaken(Stage.REVISE, "$$revised.n"),
                                ]
                            }
                        ]
                    },
                }
            }
        },
    }
}
