"""Ids of traces: random, of nothing that could name anybody."""

from __future__ import annotations

import threading

from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

from streams.telemetry.traceparent import root_span


class SourceIds(RandomIdGenerator):
    """Random ids; the first span of a trace has the low half of the trace's id (`streams.telemetry.traceparent`).

    The SDK asks for the trace's id and then, on the same thread, for its first span's.
    """

    def __init__(self) -> None:
        self._begun = threading.local()

    def generate_trace_id(self) -> int:
        """Return a new trace id."""
        trace = super().generate_trace_id()
        while not root_span(trace):
            trace = super().generate_trace_id()
        self._begun.trace = trace
        return trace

    def generate_span_id(self) -> int:
        """Return the id of the next span."""
        trace = getattr(self._begun, "trace", None)
        self._begun.trace = None
        return super().generate_span_id() if trace is None else root_span(trace)
