"""What a loop tells of its records: spans in their traces, whatever else is in the batch; counts and times."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from opentelemetry.trace import SpanKind, StatusCode

from streams.broker import Position
from streams.delivery import Delivery
from streams.telemetry import metering
from streams.telemetry.handling import DEAD, RETRY, Handling
from streams.telemetry.instruments import CONSUMED, DEAD_LETTERS, PROCESSED
from streams.telemetry.tally import Tally
from streams.telemetry.traceparent import read
from tests.streams.conftest import event
from tests.streams.telemetry.following import following, id_of, parent_of, trace_of

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def record(number: int = 0, traceparent: str | None = TRACE, topic: str = "planned") -> Delivery:
    told = event(topic, number)
    headers = tuple(told.headers())
    if traceparent is not None:
        headers = (*headers, ("traceparent", traceparent.encode()))
    return Delivery(Position(topic, 3, 40 + number), told.key.encode(), told.value, headers, 1)


@pytest.fixture
def tally() -> Iterator[Tally]:
    made = Tally()
    metering.use(made)
    yield made
    metering.use(None)


def test_a_record_of_a_followed_trace_has_a_span_and_others_of_its_batch_have_none() -> None:
    one, other, unsampled = record(0), record(1, None), record(2, TRACE[:-1] + "0")
    with following() as seen:
        handling = Handling("draft")
        handling.begin([one, other, unsampled])
        assert one.span is not None
        assert other.span is None
        assert unsampled.span is None
        for each in (one, other, unsampled):
            handling.end(each)
        span = seen.one("process planned")
    parent = read(TRACE)
    assert parent is not None
    assert (trace_of(span), parent_of(span), span.kind) == (parent.trace, parent.span, SpanKind.CONSUMER)
    assert span.attributes == {
        "messaging.system": "kafka",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": "planned",
        "messaging.destination.partition.id": "3",
        "messaging.kafka.offset": 40,
        "messaging.consumer.group.name": "draft",
        "messaging.message.id": "event-0",
        "spinestream.subject": "item-0",
    }


def test_what_a_record_emits_is_told_in_its_own_trace() -> None:
    with following() as seen:
        handling, one = Handling("draft"), record()
        handling.begin([one])
        told = handling.told(one, [event("drafted", 0), event("drafted", 1)])
        handling.end(one)
        parents = [read(each.traceparent) for each in told]
        assert {each.span for each in parents if each} == {id_of(seen.one("process planned"))}


def test_a_process_that_makes_no_spans_hands_the_trace_on() -> None:
    handling, one = Handling("draft"), record()
    handling.begin([one])
    assert [each.traceparent for each in handling.told(one, [event("drafted", 0)])] == [TRACE]
    assert [each.traceparent for each in handling.told(record(1, None), [event("drafted", 0)])] == [None]


def test_a_retry_ends_its_span_and_the_next_try_has_another(tally: Tally) -> None:
    with following() as seen:
        handling, one = Handling("draft"), record()
        handling.begin([one])
        handling.end(one, RETRY)
        handling.begin([one])
        handling.buried(one, "attempts")
        handling.end(one)
        first, second = seen.named("process planned")
    assert [one.attributes["error.type"] for one in (first, second) if one.attributes] == [RETRY, DEAD]
    assert first.status.status_code is second.status.status_code is StatusCode.ERROR
    counted = {(point.name, point.labels): point for point in tally.points()}
    assert sum(counted[PROCESSED.name, ("planned", "draft", RETRY)].buckets) == 1
    assert sum(counted[PROCESSED.name, ("planned", "draft", DEAD)].buckets) == 1
    assert counted[DEAD_LETTERS.name, ("draft", "attempts")].value == 1


def test_waiting_for_a_dependency_is_no_attempt(tally: Tally) -> None:
    with following() as seen:
        handling, one = Handling("draft"), record()
        handling.took([one, record(1), record(2, topic="drafted")])
        handling.begin([one])
        handling.put_back(one, "mongodb")
        span = seen.one("process planned")
    assert span.attributes is not None
    assert span.attributes["error.type"] == "waiting-for-mongodb"
    counted = {(point.name, point.labels): point.value for point in tally.points()}
    assert counted == {(CONSUMED.name, ("planned", "draft")): 2, (CONSUMED.name, ("drafted", "draft")): 1}


def test_off_nothing_is_kept() -> None:
    handling, one = Handling("draft"), record()
    handling.took([one])
    handling.begin([one])
    assert one.span is None
    assert not handling._began
