"""Traces that begin, fan out and go on: sampling at the source, links of items, spans of what is sent."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from opentelemetry.trace import SpanKind, StatusCode

from streams.publisher import Outgoing
from streams.telemetry import tracing
from streams.telemetry.spans import Spans
from streams.telemetry.traceparent import read, root_span
from tests.streams.conftest import event
from tests.streams.telemetry.following import following, id_of, parent_of, trace_of
from tests.streams.telemetry.test_handling import record


def active() -> Spans:
    spans = tracing.active()
    assert spans is not None
    return spans


def test_the_share_of_sources_that_is_set_gets_a_trace() -> None:
    with following(0.1):
        spans = active()
        drawn = iter([0.05, 0.0999, 0.1, 0.5, 0.99])
        spans._chance = lambda: next(drawn)
        assert [spans.chosen() for _ in range(5)] == [True, True, False, False, False]


@pytest.mark.parametrize("share", [0.0])
def test_a_share_of_nothing_asks_no_chance(share: float) -> None:
    with following(share) as seen, tracing.source({}) as traceparent:
        assert traceparent is None
    assert not seen.spans


def test_a_trace_begins_with_a_span_whose_id_its_own_tells_and_an_item_is_linked_to_it() -> None:
    with following() as seen:
        with tracing.source({"spinestream.subject": "v1"}) as traceparent:
            pass
        root = seen.one("take in source")
        assert id_of(root) == root_span(trace_of(root))
        told, opened = active().sends([replace(event("planned", n), traceparent=traceparent) for n in range(3)])
        for span in opened:
            active().end(span)
    items = seen.named("send planned")
    assert len(items) == 3
    for item, sent in zip(items, told, strict=True):
        assert (trace_of(item), parent_of(item), item.kind) == (trace_of(root), id_of(root), SpanKind.PRODUCER)
        [link] = item.links
        assert (link.context.trace_id, link.context.span_id) == (trace_of(root), id_of(root))
        header = read(sent.traceparent)
        assert header is not None
        assert header.span == id_of(item)


def test_only_events_of_followed_traces_are_told_of_and_bytes_go_out_as_they_came() -> None:
    raw = Outgoing("planned", b"k", b"v", (("traceparent", b"00-x"),))
    with following() as seen:
        plain = event("drafted", 1)
        told, opened = active().sends([plain, raw])
        assert told == [plain, raw]
        assert not opened
    assert not seen.spans


def test_a_record_that_was_not_acknowledged_is_an_error_by_its_kind_only() -> None:
    with following() as seen:
        with tracing.source({}) as traceparent:
            pass
        _, opened = active().sends([replace(event("drafted", 1), traceparent=traceparent)])
        [open_span] = opened
        active().end(open_span, "DependencyDown")
        span = seen.one("send drafted")
    assert span.status.status_code is StatusCode.ERROR
    assert span.status.description is None
    assert not span.links
    assert not span.events


def test_work_on_a_record_is_in_its_span_and_work_beside_it_is_not() -> None:
    async def check() -> None:
        one, other = record(0), record(1, None)
        one.carry(active().process(one, "draft"))

        async def work(on: object, known: bool) -> None:
            with tracing.within(on):  # type: ignore[arg-type]
                await asyncio.sleep(0)
                assert (tracing.identify() is not None) == known
                span = active().ask("chat m", {"gen_ai.operation.name": "chat"})
                assert (span is not None) == known
                if span is not None:
                    active().end(span)

        await asyncio.gather(work(one, True), work(other, False), work(one, True))
        active().end(one.span)

    with following() as seen:
        asyncio.run(check())
    [process] = seen.named("process planned")
    assert [parent_of(one) for one in seen.named("chat m")] == [id_of(process)] * 2
    assert tracing.identify() is None


def test_a_step_in_a_trace_that_is_not_followed_leaves_the_header_as_it_was() -> None:
    with following() as seen:
        with tracing.step("decide", None, {}) as nothing:
            assert nothing is None
        with pytest.raises(KeyError), tracing.step("decide", "00-" + "a" * 32 + "-" + "b" * 16 + "-01", {}):
            raise KeyError("a name that must not be told")
    span = seen.one("decide")
    assert span.attributes == {"error.type": "KeyError"}
    assert not span.events
