"""Makes spans with OpenTelemetry's API. Names and attributes follow its conventions for messaging and generative AI.

No attribute holds a prompt, an answer, a title or a name; an allow list is applied once more at the way out.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

from opentelemetry import trace
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, StatusCode, TraceFlags

from streams.events import Event
from streams.telemetry.traceparent import Parent, read, root_span, write
from streams.telemetry.tracing import Attributes, carried
from streams.topics import PLANNED

if TYPE_CHECKING:
    from streams.delivery import Delivery
    from streams.publisher import Outgoing

FANNED_OUT = frozenset({PLANNED.name})
"""Topics whose records are the first of their item: many of one source."""
SEND = {"messaging.system": "kafka", "messaging.operation.name": "send", "messaging.operation.type": "send"}
PROCESS = {"messaging.system": "kafka", "messaging.operation.name": "process", "messaging.operation.type": "process"}


class Recorder(Protocol):
    """Records spans."""

    def begin(
        self, name: str, parent: Parent | None, kind: SpanKind, attributes: dict[str, Any], links: Sequence[Link] = ()
    ) -> Span:
        """Begin a span; without a parent, a trace with it, whose first span is `root_span` of it."""


class Spans:
    """Makes spans of this process; any thread may call it."""

    def __init__(self, recorder: Recorder, share: float = 1.0, chance: Callable[[], float] = random.random) -> None:
        """`share` (0…1) of the sources that are taken in here get a trace."""
        self._begin = recorder.begin
        self._share = share
        self._chance = chance

    def chosen(self) -> bool:
        """Decide whether the next source gets a trace: everything that comes of it follows."""
        return self._share > 0 and self._chance() < self._share

    @contextlib.contextmanager
    def root(self, name: str, attributes: Attributes) -> Iterator[str]:
        """Begin a trace; yields its `traceparent`."""
        span = self._begin(name, None, SpanKind.INTERNAL, dict(attributes))
        with self._ended(span):
            yield self.header(span)

    @contextlib.contextmanager
    def step(self, name: str, parent: str | None, attributes: Attributes) -> Iterator[str]:
        """Do something in a sampled trace; yields the `traceparent` of it."""
        above = read(parent)
        assert above is not None
        span = self._begin(name, above, SpanKind.INTERNAL, dict(attributes))
        with self._ended(span):
            yield self.header(span)

    def process(self, one: Delivery, group: str) -> Span | None:
        """Return the span of handling a record, None where its trace is not followed."""
        parent = read(carried(one.headers))
        if parent is None:
            return None
        where = one.position
        attributes: dict[str, Any] = {
            **PROCESS,
            "messaging.destination.name": where.topic,
            "messaging.destination.partition.id": str(where.partition),
            "messaging.kafka.offset": where.offset,
            "messaging.consumer.group.name": group,
        }
        for name, text in one.headers:
            if name in _TOLD:
                attributes[_TOLD[name]] = text.decode(errors="replace")
        return self._begin(f"process {where.topic}", parent, SpanKind.CONSUMER, attributes)

    def sends(self, records: Sequence[Event | Outgoing]) -> tuple[list[Event | Outgoing], list[Span]]:
        """Open a span for each event of a followed trace; returns the records with the headers of those spans, and the
        spans."""
        told, opened = list(records), []
        for number, record in enumerate(records):
            parent = read(record.traceparent) if isinstance(record, Event) else None
            if parent is None or not isinstance(record, Event):
                continue
            span = self._send(record, parent)
            told[number] = record.within(self.header(span))
            opened.append(span)
        return told, opened

    def _send(self, event: Event, parent: Parent) -> Span:
        attributes: dict[str, Any] = {
            **SEND,
            "messaging.destination.name": event.topic,
            "messaging.message.id": event.id,
            "spinestream.subject": event.subject,
        }
        links = [_link_to_source(parent)] if event.topic in FANNED_OUT else []
        return self._begin(f"send {event.topic}", parent, SpanKind.PRODUCER, attributes, links)

    def ask(self, name: str, attributes: Attributes) -> Span | None:
        """Return the span of a request to an engine, None where what asks has none."""
        at = trace.get_current_span().get_span_context()
        if not at.is_valid:
            return None
        parent = Parent(at.trace_id, at.span_id, int(at.trace_flags))
        return self._begin(name, parent, SpanKind.CLIENT, dict(attributes))

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
            span.set_status(StatusCode.ERROR)
        span.end()


_TOLD = {"ce_id": "messaging.message.id", "ce_subject": "spinestream.subject"}


def _link_to_source(parent: Parent) -> Link:
    root = SpanContext(parent.trace, root_span(parent.trace), is_remote=True, trace_flags=TraceFlags(parent.flags))
    return Link(root, {"spinestream.link": "source"})
