"""The envelope: headers and back, the stored form and back, and every way in which a record is no event."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from bson import decode, encode
from hypothesis import given
from hypothesis import strategies as st

from streams.errors import EventInvalid
from streams.events import Event, now

WORD = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=40)
EVENTS = st.builds(
    Event,
    topic=st.just("planned"),
    key=st.text(st.characters(codec="utf-8"), max_size=40),
    id=WORD,
    type=WORD,
    source=WORD,
    subject=WORD,
    time=WORD,
    schema=WORD,
    value=st.binary(max_size=200),
    traceparent=st.none() | WORD,
)


def example(**changes: object) -> Event:
    fields = {
        "topic": "planned",
        "key": "k",
        "id": "e1",
        "type": "org.spinestream.item.planned.v1",
        "source": "/spinestream/plan",
        "subject": "item-1",
        "time": "2026-01-01T00:00:00.000000Z",
        "schema": "item.planned.v1.json",
        "value": b"{}",
    }
    return Event(**(fields | changes))  # type: ignore[arg-type]


@given(EVENTS)
def test_an_event_survives_the_wire(event) -> None:
    assert Event.from_record(event.topic, event.key.encode(), event.value, event.headers()) == event


@given(EVENTS)
def test_an_event_survives_the_store(event) -> None:
    stored = decode(encode(event.stored()))
    found = Event.from_stored(stored)
    assert found == event
    assert type(found.value) is bytes


@given(EVENTS, st.none() | WORD)
def test_an_event_of_a_trace_is_the_same_event(event, header) -> None:
    assert event.within(header) == replace(event, traceparent=header)


def test_the_headers_are_cloudevents_in_binary_mode() -> None:
    headers = dict(example(traceparent="00-1-2-01").headers())
    assert set(headers) == {
        "ce_id", "ce_source", "ce_type", "ce_specversion", "ce_time", "ce_subject", "ce_dataschema", "content-type",
        "traceparent",
    }  # fmt: skip
    assert headers["ce_specversion"] == b"1.0"
    assert headers["content-type"] == b"application/json"
    assert "traceparent" not in dict(example().headers())


def test_headers_of_others_are_left_alone_whatever_they_hold() -> None:
    event = example()
    headers = [("x-other", b"\xff\x00"), *event.headers(), ("x-more", b"")]
    assert Event.from_record("planned", b"k", b"{}", headers) == event


@pytest.mark.parametrize("name", ["ce_id", "ce_source", "ce_type", "ce_specversion", "ce_subject"])
@pytest.mark.parametrize("how", ["absent", "empty"])
def test_a_record_without_an_envelope_header_is_no_event(name, how) -> None:
    headers = [(key, text) for key, text in example().headers() if key != name]
    if how == "empty":
        headers.append((name, b""))
    with pytest.raises(EventInvalid, match=f"topic planned lacks the envelope headers {name}$"):
        Event.from_record("planned", b"k", b"{}", headers)


def test_time_and_schema_may_be_absent() -> None:
    headers = [(key, text) for key, text in example().headers() if key not in ("ce_time", "ce_dataschema")]
    assert Event.from_record("planned", b"k", b"{}", headers) == example(time="", schema="")


def test_a_tombstone_or_a_record_without_a_key_is_no_event() -> None:
    headers = example().headers()
    with pytest.raises(EventInvalid, match="has no value"):
        Event.from_record("planned", b"k", None, headers)
    with pytest.raises(EventInvalid, match="has no key"):
        Event.from_record("planned", None, b"{}", headers)


def test_text_that_is_not_utf8_is_no_event_and_is_not_quoted() -> None:
    headers = example().headers()
    with pytest.raises(EventInvalid, match="not UTF-8"):
        Event.from_record("planned", b"\xff\xfe", b"{}", headers)
    with pytest.raises(EventInvalid, match="not UTF-8") as raised:
        Event.from_record("planned", b"k", b"{}", [*headers[1:], ("ce_id", b"secret \xff")])
    assert "secret" not in str(raised.value)


def test_times_are_utc_of_one_width_so_that_they_sort_as_text() -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", now())
