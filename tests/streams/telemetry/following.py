"""Follows traces in a test: every span that ends is kept, in the order in which they end."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from spinestream.telemetry.recording import Origin, Recorder
from streams.telemetry import tracing
from streams.telemetry.spans import Spans


class Followed:
    """The spans of a test."""

    def __init__(self, exporter: InMemorySpanExporter) -> None:
        self._exporter = exporter

    @property
    def spans(self) -> Sequence[ReadableSpan]:
        """All that have ended."""
        return self._exporter.get_finished_spans()

    def named(self, name: str) -> list[ReadableSpan]:
        return [one for one in self.spans if one.name == name]

    def one(self, name: str) -> ReadableSpan:
        [found] = self.named(name)
        return found


@contextlib.contextmanager
def following(share: float = 1.0) -> Iterator[Followed]:
    """Make spans meanwhile."""
    exporter = InMemorySpanExporter()
    recorder = Recorder(Origin({"service.name": "test"}), [SimpleSpanProcessor(exporter)])
    tracing.use(Spans(recorder, share))
    try:
        yield Followed(exporter)
    finally:
        tracing.use(None)
        recorder.close()


def parent_of(span: ReadableSpan) -> int | None:
    """Return the id of a span's parent."""
    return span.parent.span_id if span.parent else None


def id_of(span: ReadableSpan) -> int:
    """Return a span's id."""
    at = span.get_span_context()
    assert at is not None
    return at.span_id


def trace_of(span: ReadableSpan) -> int:
    """Return the id of a span's trace."""
    at = span.get_span_context()
    assert at is not None
    return at.trace_id
