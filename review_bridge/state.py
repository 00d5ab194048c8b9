"""A sample's state and reasons as MongoDB expressions, equal to `generation.samples.state_of` (a test proves it).

They are evaluated inside the update that merges a part, so that parts and state change in one atomic write.
"""

from __future__ import annotations

from typing import Any

from generation.samples import DecisionKind, State

Expression = dict[str, Any]
"""A MongoDB aggregation expression."""


def entries(path: str) -> Expression:
    """Return the [{k, v}] of an object that may be missing."""
    return {"$objectToArray": {"$ifNull": [path, {}]}}


def newest(path_or_entries: Expression, **fields: str) -> Expression:
    """Return {n, **fields} of the entry with the greatest whole-number key, null if there is none.

    Objects compare field by field, so the greatest object is the one with the greatest n.
    """
    taken: Expression = {"n": {"$toLong": "$$e.k"}} | fields
    return {"$max": {"$map": {"input": path_or_entries, "as": "e", "in": taken}}}


DRAFT_PAIRS: Expression = {"$map": {"input": entries("$drafts"), "as": "d", "in": ["$$d.k", "$$d.v.digest"]}}
"""[[round, digest]] of the drafts that are held."""

WHOLE_REVISIONS: Expression = {
    "$let": {
        "vars": {"pairs": DRAFT_PAIRS},
        "in": {
            "$filter": {
                "input": entries("$revisions"),
                "as": "r",
                "cond": {"$in": [["$$r.k", "$$r.v.draft_digest"], "$$pairs"]},
            }
        },
    }
}
"""[{k: round, v: revision}] of the revisions that name the draft held of their round."""

NEWEST_DRAFT: Expression = newest(entries("$drafts"))
"""{n: round}, null without a draft."""

NEWEST_WHOLE: Expression = newest(WHOLE_REVISIONS, reasons="$$e.v.reasons")
"""{n: round, reasons} of the newest whole revision, null without one."""

LATEST_DECISION: Expression = newest(entries("$decisions"), kind="$$e.v.kind")
"""{n: seq, kind}, null without a decision."""

# An object with any field is greater than the empty object; a missing or null one is smaller.
_RETRACTED: Expression = {"$gt": ["$retracted", {}]}
_HAS_DRAFTS: Expression = {"$gt": ["$drafts", {}]}
_HELD: Expression = {"$gt": [{"$size": {"$ifNull": ["$$whole.reasons", []]}}, 0]}
# A decision that reopens counts as none: the sample is queued or held again.
_DECIDED: Expression = {"$not": [{"$in": [{"$ifNull": ["$$latest.kind", None]}, [None, DecisionKind.REOPENED.value]]}]}
_UNREVISED: Expression = {"$cond": [_HAS_DRAFTS, State.DRAFTED.value, State.PLANNED.value]}

STATE: Expression = {
    "$let": {
        "vars": {"whole": NEWEST_WHOLE, "latest": LATEST_DECISION},
        "in": {
            "$switch": {
                "branches": [
                    {"case": _RETRACTED, "then": State.RETRACTED.value},
                    {"case": {"$eq": ["$$whole", None]}, "then": _UNREVISED},
                    {"case": _DECIDED, "then": "$$latest.kind"},
                    {"case": _HELD, "then": State.HELD.value},
                ],
                "default": State.QUEUED.value,
            }
        },
    }
}
"""The state, from `retracted`, `drafts`, `revisions` and `decisions` of the document."""

REASONS: Expression = {"$let": {"vars": {"whole": NEWEST_WHOLE}, "in": {"$ifNull": ["$$whole.reasons", []]}}}
"""Why the newest whole revision was held (kept after a decision); empty without one."""
