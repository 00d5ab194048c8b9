"""Makes spans with OpenTelemetry's API. Names and attributes follow its conventions for messaging and generative AI.

No attribute holds a prompt, an answer, a title or a name; an allow list is applied once more at the way out.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from streams.events import Event
from streams.telemetry.traceparent import Parent, read, root_span, write
from streams.telemetry.tracing import Attributes, carried
from streams.topics import PLANNED

if TYPE_CHECKING:
    from streams.broker import Position
    from streams.delivery import Delivery
    from streams.publisher import Outgoing

FANNED_OUT = frozenset({PLANNED.name})
"""Topics whose records are the first of their item: many of one source."""


class Spans:
    """Makes spans of this process; any thread may call it."""

    def __init__(self, tracer: trace.Tracer, share: float = 1.0, chance: Callable[[], float] = random.random) -> None:
        """`share` (0…1) of the sources that are taken in here get a trace."""
        self._tracer = tracer
        self._share = share
        self._chance = chance

    def chosen(self) -> bool:
        """Decide whether the next source gets a trace: everything that comes of it follows."""
        return self._share > 0 and self._chance() < self._share

    @contextlib.contextmanager
    def root(self, name: str, attributes: Attributes) -> Iterator[str]:
        """Begin a trace; yields its `traceparent`."""
        span = self._tracer.start_span(name, Context(), SpanKind.INTERNAL, dict(attributes))
        with self._ended(span):
            yield self.header(span)

    @contextlib.contextmanager
    def step(self, name: str, parent: str | None, attributes: Attributes) -> Iterator[str]:
        """Do something in a sampled trace; yields the `traceparent` of it."""
        span = self._tracer.start_span(name, _under(read(parent)), SpanKind.INTERNAL, dict(attributes))
        with self._ended(span):
            yield self.header(span)

    def process(self, one: Delivery, group: str) -> Span | None:
        """Return the span of handling a record, None where its trace is not followed."""
        parent = read(carried(one.headers))
        if parent is None:
            return None
        where = one.position
        attributes: dict[str, Any] = {
            "messaging.system": "kafka",
            "messaging.operation.name": "process",
            "messaging.operation.type": "process",
            "messaging.destination.name": where.topic,
            "messaging.destination.partition.id": str(where.partition),
            "messaging.kafka.offset": where.offset,
            "messaging.consumer.group.name": group,
            "messaging.message.body.size": len(one.value or b""),
            "spinestream.stage": group,
        }
        for name, text in one.headers:
            if name in _TOLD:
                attributes[_TOLD[name]] = text.decode(errors="replace")
        return self._tracer.start_span(f"process {where.topic}", _under(parent), SpanKind.CONSUMER, attributes)

    def sends(self, records: Sequence[Event | Outgoing]) -> tuple[list[Event | Outgoing], list[tuple[int, Span]]]:
        """Open a span for each event of a followed trace; returns the records with the headers of those spans, and each
        span with the number of its record."""
        told, opened = list(records), []
        for number, record in enumerate(records):
            parent = read(record.traceparent) if isinstance(record, Event) else None
            if parent is None or not isinstance(record, Event):
                continue
            span = self._send(record, parent)
            told[number] = replace(record, traceparent=self.header(span))
            opened.append((number, span))
        return told, opened

    def _send(self, event: Event, parent: Parent) -> Span:
        attributes: dict[str, Any] = {
            "messaging.system": "kafka",
            "messaging.operation.name": "send",
            "messaging.operation.type": "send",
            "messaging.destination.name": event.topic,
            "messaging.message.id": event.id,
            "messaging.message.body.size": len(event.value),
            "spinestream.subject": event.subject,
        }
        links = [_link_to_source(parent)] if event.topic in FANNED_OUT else []
        return self._tracer.start_span(f"send {event.topic}", _under(parent), SpanKind.PRODUCER, attributes, links)

    def ask(self, name: str, attributes: Attributes) -> Span | None:
        """Return the span of a request to an engine, None where what asks has none."""
        if not trace.get_current_span().get_span_context().is_valid:
            return None
        return self._tracer.start_span(name, None, SpanKind.CLIENT, dict(attributes))

    def within(self, span: Any) -> AbstractContextManager[object]:
        """Make a span the current one for a while."""
        return trace.use_span(span, end_on_exit=False, record_exception=False, set_status_on_exception=False)

    def current(self) -> tuple[str, str] | None:
        """Return trace id and span id (hex) of the current span."""
        at = trace.get_current_span().get_span_context()
        return (f"{at.trace_id:032x}", f"{at.span_id:016x}") if at.is_valid else None

    @contextlib.contextmanager
    def _ended(self, span: Span) -> Iterator[None]:
        try:
            with self.within(span):
                yield
        except BaseException as error:
            self.end(span, type(error).__name__)
            raise
        self.end(span)

    @staticmethod
    def header(span: Span) -> str:
        """Return the `traceparent` of a span."""
        at = span.get_span_context()
        return write(at.trace_id, at.span_id, at.trace_flags)

    @staticmethod
    def end(span: Span, error: str | None = None) -> None:
        """End a span; `error` names a kind of failure, never its text."""
        if error is not None:
            span.set_attribute("error.type", error)
            span.set_status(Status(StatusCode.ERROR))
        span.end()

    def end_sends(self, opened: Sequence[tuple[int, Span]], places: Sequence[Position], error: str | None) -> None:
        """End the spans of records that were sent; `places` is where they came to lie, empty after an `error`."""
        for number, span in opened:
            if places:
                span.set_attribute("messaging.destination.partition.id", str(places[number].partition))
                span.set_attribute("messaging.kafka.offset", places[number].offset)
            self.end(span, error)


_TOLD = {"ce_id": "messaging.message.id", "ce_subject": "spinestream.subject"}


def _under(parent: Parent | None) -> Context:
    assert parent is not None
    remote = SpanContext(parent.trace, parent.span, is_remote=True, trace_flags=TraceFlags(parent.flags))
    return trace.set_span_in_context(NonRecordingSpan(remote), Context())


def _link_to_source(parent: Parent) -> Link:
    root = SpanContext(parent.trace, root_span(parent.trace), is_remote=True, trace_flags=TraceFlags(parent.flags))
    return Link(root, {"spinestream.link": "source"})
