"""Where the spans of this process go: a collector, a file in the work folder, or both; scrubbed on the way out."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from pathlib import Path

import orjson
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, ParentBased
from opentelemetry.trace import Link, Status

from spinestream.telemetry.ids import SourceIds
from spinestream.telemetry.scrub import mask, scrubbed
from spinestream.telemetry.settings import TelemetrySettings
from streams.telemetry import tracing
from streams.telemetry.spans import Spans

QUEUE = 8192
"""Spans of a process that wait to go out, at most; what comes on top is lost."""
EVERY_MS = 2_000
COLLECTOR_SECONDS = 5


class Traces:
    """The spans of this process, from `open_traces` to `close`."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider

    def close(self) -> None:
        """Make no more spans; send those that wait."""
        tracing.use(None)
        self._provider.shutdown()


def open_traces(settings: TelemetrySettings, role: str, folder: Path) -> Traces:
    """Make spans in this process from now on; `role` names it, `folder` is the work folder."""
    exporters: list[SpanExporter] = []
    if settings.file:
        exporters.append(FileExporter(folder / settings.file))
    if settings.otlp:
        # It loads an HTTP client and protobuf: no process without a collector needs them.
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        exporters.append(OTLPSpanExporter(f"{settings.otlp.rstrip('/')}/v1/traces", timeout=COLLECTOR_SECONDS))
    provider = TracerProvider(
        # A process makes spans of followed traces only, and begins one where it was chosen.
        sampler=ParentBased(ALWAYS_ON),
        resource=resource_of(role),
        shutdown_on_exit=False,
        id_generator=SourceIds(),
    )
    for one in exporters:
        provider.add_span_processor(Scrubbing(one, max_queue_size=QUEUE, schedule_delay_millis=EVERY_MS))
    tracing.use(Spans(provider.get_tracer("spinestream"), settings.sampled))
    return Traces(provider)


def resource_of(role: str) -> Resource:
    """Return what every span says of its process."""
    return Resource(
        {
            "service.namespace": "spinestream",
            "service.name": f"spinestream-{role}",
            "service.instance.id": f"{socket.gethostname()}-{os.getpid()}",
            "process.pid": os.getpid(),
            "host.name": socket.gethostname(),
        }
    )


class Scrubbing(BatchSpanProcessor):
    """Hands on copies of spans that hold what may leave, and nothing else: no events, no text of an error."""

    def on_end(self, span: ReadableSpan) -> None:
        """Take a span that has ended."""
        super().on_end(without_text(span))


def without_text(span: ReadableSpan) -> ReadableSpan:
    """Return a span as it may leave the process."""
    return ReadableSpan(
        name=mask(span.name),
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=scrubbed(span.attributes or {}),
        links=[Link(one.context, scrubbed(one.attributes or {})) for one in span.links],
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


class FileExporter(SpanExporter):
    """Appends spans to a file, a JSON object a line; several processes may share it."""

    def __init__(self, place: Path) -> None:
        self._place = place

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Append spans."""
        lines = b"".join(orjson.dumps(_line(one), option=orjson.OPT_APPEND_NEWLINE) for one in spans)
        handle = os.open(self._place, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            while lines:
                lines = lines[os.write(handle, lines) :]
        finally:
            os.close(handle)
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """Nothing is kept open."""


def _line(span: ReadableSpan) -> dict[str, object]:
    at, parent = span.get_span_context(), span.parent
    assert at is not None
    return {
        "name": span.name,
        "kind": span.kind.name.lower(),
        "trace": f"{at.trace_id:032x}",
        "span": f"{at.span_id:016x}",
        "parent": f"{parent.span_id:016x}" if parent else None,
        "links": [f"{one.context.trace_id:032x}-{one.context.span_id:016x}" for one in span.links],
        "began": span.start_time,
        "ended": span.end_time,
        "status": span.status.status_code.name.lower(),
        "service": span.resource.attributes.get("service.name"),
        "pid": span.resource.attributes.get("process.pid"),
        "attributes": dict(span.attributes or {}),
    }
