"""Spans as they are recorded: ids of nothing, ended once, without events or words of an error; as the SDK's encoder
takes them."""

from __future__ import annotations

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode

from spinestream.telemetry.otlp import encoded
from spinestream.telemetry.recording import Origin, Recorder, new_span, new_trace
from streams.telemetry.traceparent import Parent, root_span

ORIGIN = Origin({"service.name": "spinestream-test"})
PARENT = Parent(0x0AF7651916CD43DD8448EB211C80319C, 0xB7AD6B7169203331, 1)


class Kept(SpanProcessor):
    """Keeps what has ended."""

    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    def on_end(self, span: ReadableSpan) -> None:
        self.spans.append(span)


def test_ids_are_random_and_a_trace_tells_its_first_span() -> None:
    traces = {new_trace() for _ in range(200)}
    assert len(traces) == 200
    assert all(root_span(one) and 0 < one < 2**128 for one in traces)
    assert len({new_span() for _ in range(200)}) == 200
    span = Recorder(ORIGIN, []).begin("take in source", None, SpanKind.INTERNAL, {})
    at = span.get_span_context()
    assert at.span_id == root_span(at.trace_id)
    assert at.trace_flags.sampled


def test_a_span_goes_on_with_its_parents_trace_and_ends_once() -> None:
    kept = Kept()
    span = Recorder(ORIGIN, [kept, kept]).begin("process planned", PARENT, SpanKind.CONSUMER, {})
    assert span.is_recording()
    span.end()
    span.end()
    assert not span.is_recording()
    assert len(kept.spans) == 2
    [told, _] = kept.spans
    assert told.context is not None
    assert told.parent is not None
    assert (told.context.trace_id, told.parent.span_id) == (PARENT.trace, PARENT.span)
    assert told.start_time is not None
    assert told.end_time is not None
    assert told.start_time <= told.end_time


def test_nothing_of_an_errors_words_is_kept() -> None:
    kept = Kept()
    span = Recorder(ORIGIN, [kept]).begin("ask 12345678", PARENT, SpanKind.CLIENT, {"patient": "Jane"})
    span.record_exception(ValueError("Jane"))
    span.add_event("Jane", {"patient": "Jane"})
    span.set_status(Status(StatusCode.ERROR, "Jane"))
    span.set_attributes({"error.type": "ValueError", "words": "Jane"})
    span.end()
    [told] = kept.spans
    assert "Jane" not in told.to_json()
    assert told.name == "ask <number>"
    assert told.attributes == {"error.type": "ValueError"}
    assert told.status.status_code is StatusCode.ERROR


def test_the_sdk_encodes_them() -> None:
    kept = Kept()
    link = Link(SpanContext(PARENT.trace, root_span(PARENT.trace), is_remote=True), {"spinestream.link": "source"})
    attributes = {"messaging.system": "kafka", "messaging.kafka.offset": 7}
    Recorder(ORIGIN, [kept]).begin("send planned", PARENT, SpanKind.PRODUCER, attributes, [link]).end()
    [resource] = encode_spans(kept.spans).resource_spans
    assert resource.resource.attributes[0].value.string_value == "spinestream-test"
    [span] = resource.scope_spans[0].spans
    assert (span.name, span.parent_span_id) == ("send planned", PARENT.span.to_bytes(8, "big"))
    assert {one.key for one in span.attributes} == attributes.keys()
    assert span.links[0].span_id == PARENT.trace.to_bytes(16, "big")[8:]


def test_an_origin_hashes_as_the_resource_it_is() -> None:
    assert hash(ORIGIN) == hash(Resource({"service.name": "spinestream-test"}))
    assert Resource({"service.name": "spinestream-test"}) == ORIGIN
    assert Origin({"service.name": "another"}) != ORIGIN


def test_what_is_sent_is_what_the_sdk_would_send() -> None:
    kept = Kept()
    recorder = Recorder(ORIGIN, [kept])
    link = Link(SpanContext(PARENT.trace, root_span(PARENT.trace), is_remote=True), {"spinestream.link": "source"})
    told = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.temperature": 0.7,
        "gen_ai.request.max_tokens": 64,
        "gen_ai.response.finish_reasons": ("stop", "length"),
        "spinestream.simulated": True,
    }
    recorder.begin("take in source", None, SpanKind.INTERNAL, {}).end()
    recorder.begin("send planned", PARENT, SpanKind.PRODUCER, {"messaging.system": "kafka"}, [link]).end()
    failed = recorder.begin("chat m", PARENT, SpanKind.CLIENT, told)
    failed.set_status(StatusCode.ERROR)
    failed.end()
    recorder.begin("process planned", PARENT, SpanKind.CONSUMER, {"messaging.system": "kafka"}).end()
    recorder.begin("x" * 300, PARENT, SpanKind.CLIENT, {"spinestream.adapter": "a" * 70_000}).end()
    assert ExportTraceServiceRequest.FromString(encoded(kept.spans)) == encode_spans(kept.spans)
