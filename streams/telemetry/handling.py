"""What a processing loop tells of each record in its hands: how long it took, what came of it, its span.

A record carries its span (`Delivery.span`) from the moment a handler is given it until its outcome is durable, however
many records the call has. What a stage emits is told in the trace of the record that it came of; a stage that makes
spans of its own for a record enters the record's first (`tracing.within`).
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence

from streams.delivery import Delivery
from streams.events import Event
from streams.telemetry import metering, tracing
from streams.telemetry.instruments import CONSUMED, DEAD_LETTERS, PROCESSED

RETRY = "retry"
DEAD = "dead"


class Handling:
    """Of one loop."""

    def __init__(self, group: str) -> None:
        self._group = group
        self._began: dict[Delivery, float] = {}

    def took(self, deliveries: Iterable[Delivery]) -> None:
        """Records were read."""
        if metering.on():
            for topic, number in Counter(one.position.topic for one in deliveries).items():
                metering.count(CONSUMED, number, topic, self._group)

    def begin(self, deliveries: Iterable[Delivery]) -> None:
        """A handler is about to be given records."""
        spans, timed = tracing.active(), metering.on()
        if spans is None and not timed:
            return
        now = time.monotonic()
        for one in deliveries:
            if timed:
                self._began[one] = now
            if spans is not None:
                one.carry(spans.process(one, self._group))

    def end(self, one: Delivery, error: str | None = None) -> None:
        """The outcome of a record is durable, or it is tried again (`error` is `retry` or `dead`, None: done)."""
        began = self._began.pop(one, None)
        if began is not None:
            metering.observe(PROCESSED, time.monotonic() - began, one.position.topic, self._group, error)
        self._end_span(one, error)

    def buried(self, one: Delivery, reason: str) -> None:
        """A record is a dead letter now."""
        metering.count(DEAD_LETTERS, 1, self._group, reason)
        self.end(one, DEAD)

    def put_back(self, one: Delivery, dependency: str) -> None:
        """A record is handled again once a dependency is there: no attempt, and no time that says anything."""
        self._began.pop(one, None)
        self._end_span(one, f"waiting-for-{dependency}")

    def told(self, one: Delivery, events: Sequence[Event]) -> Sequence[Event]:
        """Return what a record's handler emits, in the record's trace."""
        spans = tracing.active()
        here = spans.header(one.span) if spans is not None and one.span is not None else None
        parent = here or tracing.carried(one.headers)
        if parent is None:
            return events
        return [event.within(parent) for event in events]

    def _end_span(self, one: Delivery, error: str | None) -> None:
        spans = tracing.active()
        if spans is not None and one.span is not None:
            spans.end(one.span, error)
            one.carry(None)
