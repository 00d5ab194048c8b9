"""Deciding on a sample: who may say what, and what happens when two people say it at once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from generation.items import Kind
from generation.samples import Decision, DecisionKind, Report, State
from review_bridge.decision_log import decision_id
from review_bridge.errors import DecisionConflict, DecisionInvalid, NotReviewable, SampleUnknown
from review_bridge.fill import SourceNamed
from review_bridge.parts import DecidedPart
from review_bridge.queue import ReviewQueue
from review_bridge.routing import route
from review_bridge.sample import Sample
from review_bridge.store import SampleStore
from streams import topics
from streams.payloads import SampleDecided
from streams.telemetry import tracing

log = logging.getLogger(__name__)

WHOLE: Mapping[Kind, tuple[str, ...]] = {
    Kind.MCQ: ("question", "rationale"),
    Kind.OPEN_QA: ("question", "rationale", "answer"),
    Kind.CONSULTATION: (),
    Kind.REPORT: tuple(f"report.{part}" for part in Report.model_fields),
}
"""The texts that a sample of a kind is whole with, by their names in `Writing.texts`; a consultation nobody could read
has no turns to rewrite. Target and options are the plan's: whoever finds them wrong rejects."""

_CLOSED = (State.PLANNED, State.DRAFTED, State.RETRACTED)


async def decide(
    store: SampleStore,
    queue: ReviewQueue,
    item_id: str,
    kind: DecisionKind,
    *,
    who: str,
    event_of: Callable[[Decision], Mapping[str, Any]],
    why: str = "",
    changes: Mapping[str, str] | None = None,
    simulated: bool = False,
    seen: int | None = None,
) -> Decision:
    """Store a person's decision with its unsent event, merge it into the sample, bring the queue in line with it.

    A decided sample may be decided again: that is a correction, the latest counts. One that reopens puts a sample back
    where it was before anybody decided. `seen` is the number of decisions
    that the person saw (0 for a fresh sample); None means the number there is now, so give it wherever time passes
    between looking and deciding. `event_of` makes the event that lies in the decision's document, marked unsent:
    whoever calls publishes it afterwards and clears the mark (`store.decisions.documents`).

    Raises `SampleUnknown`, `NotReviewable`, `DecisionInvalid`, or `DecisionConflict` when somebody else was first.
    """
    sample = await store.get(item_id)
    if sample is None or sample.source is None:
        raise SampleUnknown(item_id)
    decision = Decision(
        id=decision_id(item_id, seq := _next(sample, seen)),
        item=item_id,
        seq=seq,
        kind=kind,
        who=_named(item_id, who),
        when=datetime.now(UTC).isoformat(),
        why=why.strip(),
        changes={name: text.strip() for name, text in (changes or {}).items()},
        simulated=simulated,
    )
    _check(sample, decision)
    with tracing.step("decide", sample.trace, _attributes(decision)) as traceparent:
        try:
            traced = {"traceparent": traceparent} if traceparent else {}
            await store.decisions.append(decision, {**event_of(decision), **traced})
        except DecisionConflict:
            # Whoever was first may have died before the sample heard of it: nobody could ever decide again.
            if (first := await store.decisions.get(item_id, seq)) is not None:
                await _take_in(store, queue, first, sample.source)
            raise
        await _take_in(store, queue, decision, sample.source)
        return decision


def _attributes(decision: Decision) -> dict[str, Any]:
    """Return what a span tells of a decision: not who decided, and not why."""
    told = {"spinestream.subject": decision.item, "spinestream.decision": decision.kind.value}
    return {**told, "spinestream.simulated": decision.simulated}


async def _take_in(store: SampleStore, queue: ReviewQueue, decision: Decision, source: SourceNamed) -> None:
    result = await store.merge([DecidedPart(decision, source)])
    try:
        await route(store, queue, result.standings)
    except (RedisConnectionError, RedisTimeoutError) as error:
        # The decision is stored. The sink does the same when its event comes, and a rebuilt queue is right anyway.
        log.warning("queue: %s after decision %s", type(error).__name__, decision.id)


def decided_event(source: SourceNamed, decision: Decision, teller: str) -> dict[str, Any]:
    """Return the event that tells of a decision, as its document keeps it; `teller` is the role that took it."""
    payload = SampleDecided(source_id=source.id, source_version=source.version, decision=decision)
    return topics.DECISIONS.event(payload, key=decision.item, subject=decision.id, source=teller).stored()


def _next(sample: Sample, seen: int | None) -> int:
    held = max(sample.decisions, default=0)
    if seen is not None and not 0 <= seen <= held:
        raise DecisionInvalid(sample.id, f"{seen} decisions were seen where there are {held}; open it again")
    return (held if seen is None else seen) + 1


def _named(item_id: str, who: str) -> str:
    if not who.strip():
        raise DecisionInvalid(item_id, "it does not say who decided; give a name")
    return who.strip()


def _check(sample: Sample, decision: Decision) -> None:
    """Refuse what the sample's state or the decision's kind does not allow."""
    if sample.state in _CLOSED:
        raise NotReviewable(sample.id, sample.state.value)
    match decision.kind:
        case DecisionKind.EDITED:
            _check_edit(sample, decision)
        case DecisionKind.ACCEPTED if sample.reasons and not decision.why:
            raise DecisionInvalid(sample.id, "it was held by the checks; say why it is good all the same")
        case DecisionKind.ACCEPTED if sample.revision and sample.revision.writing is None:
            raise DecisionInvalid(sample.id, f"it has no readable text; {_unreadable(sample)}")
        case DecisionKind.REJECTED if not decision.why:
            raise DecisionInvalid(sample.id, "a rejection needs a reason; say why")
        case DecisionKind.REOPENED if sample.decision is None or sample.decision.kind is DecisionKind.REOPENED:
            raise DecisionInvalid(sample.id, "there is no decision to take back")
    if decision.changes and decision.kind is not DecisionKind.EDITED:
        raise DecisionInvalid(sample.id, f"changes come with an edit, not with {decision.kind.value}")


def _unreadable(sample: Sample) -> str:
    names = ", ".join(editable(sample))
    return f"reject it, or edit {names}" if names else "reject it"


def editable(sample: Sample) -> tuple[str, ...]:
    """Return the names of the texts that a person may rewrite: those there are, and those its kind has."""
    whole = WHOLE[sample.plan.kind] if sample.plan else ()
    return tuple(dict.fromkeys((*whole, *sample.text.places)))


def _check_edit(sample: Sample, decision: Decision) -> None:
    known = editable(sample)
    names = ", ".join(known)
    if unknown := sorted(decision.changes.keys() - set(known)):
        raise DecisionInvalid(sample.id, f"{', '.join(unknown)} cannot be edited, only {names}; if wrong, reject")
    if not decision.changes:
        raise DecisionInvalid(sample.id, f"an edit changes something; give a new text of {names}, or accept it")
    if empty := sorted(name for name, text in decision.changes.items() if not text):
        raise DecisionInvalid(sample.id, f"the new {' and '.join(empty)} is empty")
    readable = sample.revision is not None and sample.revision.writing is not None
    if not readable and set(decision.changes) != set(known):
        raise DecisionInvalid(sample.id, f"it has no readable text, so an edit must give all of {names}")
