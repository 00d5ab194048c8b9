"""Where the spans of this process go: a collector, a file in the work folder, or both; scrubbed on the way out."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from pathlib import Path

import orjson
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from spinestream.telemetry.recording import Origin, Recorder
from spinestream.telemetry.settings import TelemetrySettings
from streams.telemetry import tracing
from streams.telemetry.spans import Spans

QUEUE = 8192
"""Spans of a process that wait to go out, at most; what comes on top is lost."""
EVERY_MS = 2_000
COLLECTOR_SECONDS = 5


class Traces:
    """The spans of this process, from `open_traces` to `close`."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def close(self) -> None:
        """Make no more spans; send those that wait."""
        tracing.use(None)
        self._recorder.close()


def open_traces(settings: TelemetrySettings, role: str, folder: Path) -> Traces:
    """Make spans in this process from now on; `role` names it, `folder` is the work folder."""
    exporters: list[SpanExporter] = []
    if settings.file:
        exporters.append(FileExporter(folder / settings.file))
    if settings.otlp:
        # It loads an HTTP client and protobuf: no process without a collector needs them.
        from spinestream.telemetry.otlp import Collector

        exporters.append(Collector(f"{settings.otlp.rstrip('/')}/v1/traces", timeout=COLLECTOR_SECONDS))
    batches = [BatchSpanProcessor(one, max_queue_size=QUEUE, schedule_delay_millis=EVERY_MS) for one in exporters]
    recorder = Recorder(origin_of(role), batches)
    tracing.use(Spans(recorder, settings.sampled))
    return Traces(recorder)


def origin_of(role: str) -> Origin:
    """Return what every span says of its process."""
    return Origin(
        {
            "service.namespace": "spinestream",
            "service.name": f"spinestream-{role}",
            "service.instance.id": f"{socket.gethostname()}-{os.getpid()}",
            "process.pid": os.getpid(),
            "host.name": socket.gethostname(),
        }
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
