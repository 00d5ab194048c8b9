"""Sends spans to a collector: the exporter of OpenTelemetry, with an encoder that keeps what repeats.

Most attributes of our spans are the same few pairs. The SDK makes a message object of each, anew for each span, which
costs more than the span. Here a span is put together from the bytes of its fields (OTLP 1, `trace.proto`: the numbers
below are those of its fields); a test holds what comes of it equal to what the SDK's encoder makes of the same spans.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from struct import Struct
from typing import Any

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.trace import Link, SpanKind

_KINDS = {SpanKind.INTERNAL: 1, SpanKind.SERVER: 2, SpanKind.CLIENT: 3, SpanKind.PRODUCER: 4, SpanKind.CONSUMER: 5}
_LOCAL, _REMOTE = 0x100, 0x300
"""Flags of a span whose parent is of this process, or is not; of a link likewise."""
_TIMES = Struct("<cQcQ")
_FLAGS = Struct("<I")
_BYTES = 2
"""Wire type of what has a length before it."""
_ONCE = frozenset({"messaging.message.id"})
"""Attributes whose text hardly comes again in a process: it is not kept."""


class Collector(OTLPSpanExporter):
    """A collector that takes OTLP over HTTP."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send spans; what it does not take after a few tries is lost."""
        if self._shutdown:
            return SpanExportResult.FAILURE
        sent = self._client.export(encoded(spans))
        return SpanExportResult.SUCCESS if sent.success else SpanExportResult.FAILURE


def encoded(spans: Sequence[ReadableSpan]) -> bytes:
    """Return an `ExportTraceServiceRequest` for spans of one process."""
    first = spans[0]
    scope = InstrumentationScope(name=first.instrumentation_scope.name if first.instrumentation_scope else "")
    told = [_field(1, scope.SerializeToString()), *(_field(2, _span(one)) for one in spans)]
    resource = Resource(attributes=[_pair(name, value) for name, value in first.resource.attributes.items()])
    return _field(1, _field(1, resource.SerializeToString()) + _field(2, b"".join(told)))


def _span(one: ReadableSpan) -> bytes:
    at, parent = one.get_span_context(), one.parent
    assert at is not None
    parts = [b"\x0a\x10", at.trace_id.to_bytes(16, "big"), b"\x12\x08", at.span_id.to_bytes(8, "big")]
    if parent is not None:
        parts += (b"\x22\x08", parent.span_id.to_bytes(8, "big"))
    parts += (
        _text(5, one.name),
        bytes((0x30, _KINDS[one.kind])),
        _TIMES.pack(b"\x39", one.start_time, b"\x41", one.end_time),
        *_attributes(9, one.attributes or {}),
        *(_field(13, _link(link)) for link in one.links),
        _status(one.status.status_code.value),
        b"\x85\x01",
        _FLAGS.pack(_REMOTE if parent is not None and parent.is_remote else _LOCAL),
    )
    return b"".join(parts)


def _link(link: Link) -> bytes:
    at = link.context
    ids = (b"\x0a\x10", at.trace_id.to_bytes(16, "big"), b"\x12\x08", at.span_id.to_bytes(8, "big"))
    flags = b"\x35" + _FLAGS.pack(_REMOTE if at.is_remote else _LOCAL)
    return b"".join((*ids, *_attributes(4, link.attributes or {}), flags))


def _attributes(number: int, attributes: Any) -> list[bytes]:
    """Return a field for each pair."""
    return [_attribute(number, name, value) for name, value in attributes.items()]


def _attribute(number: int, name: str, value: Any) -> bytes:
    if type(value) is str:
        return (_worded if name in _ONCE else _repeated)(number, name, value)
    if type(value) is int and value >= 0:
        return _field(number, _text(1, name) + _field(2, b"\x18" + _varint(value)))
    return _field(number, _pair(name, value).SerializeToString())


def _worded(number: int, name: str, value: str) -> bytes:
    return _field(number, _text(1, name) + _field(2, _field(1, value.encode())))


_repeated = functools.lru_cache(maxsize=4096)(_worded)


@functools.lru_cache(maxsize=256)
def _text(number: int, text: str) -> bytes:
    return _field(number, text.encode())


@functools.lru_cache(maxsize=8)
def _status(code: int) -> bytes:
    return _field(15, bytes((0x18, code)) if code else b"")


def _field(number: int, content: bytes) -> bytes:
    """Return a field that has a length before it."""
    if number < 0x10 and len(content) < 0x80:
        return bytes((number << 3 | _BYTES, len(content))) + content
    return _varint(number << 3 | _BYTES) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    """Return a number in groups of seven bits, the lowest first."""
    if value < 0x80:
        return bytes((value,))
    told = bytearray()
    while value >= 0x80:
        told.append(value & 0x7F | 0x80)
        value >>= 7
    told.append(value)
    return bytes(told)


def _pair(name: str, value: Any) -> KeyValue:
    return KeyValue(key=name, value=_value(value))


def _value(value: Any) -> AnyValue:
    """Return a value; a truth is a number to Python, so it is asked for first."""
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    if isinstance(value, str):
        return AnyValue(string_value=value)
    return AnyValue(array_value=ArrayValue(values=[_value(one) for one in value]))
