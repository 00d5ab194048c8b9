"""The registry of topics: names, event ids, payloads there and back, what is refused."""

from __future__ import annotations

import dataclasses

import orjson
import pytest

from actors.stages import STAGES
from review_bridge.sink import SinkStage
from streams import topics
from streams.errors import EventInvalid, EventTooLarge
from streams.events import Event
from streams.intake.plan_stage import PlanStage
from streams.intake.split_stage import SplitStage
from streams.payloads import ItemPlanned, SourceWithdrawn
from streams.topics import GROUPS, REGISTRY, Topic, dead_letter_topic, holds_dead_letters, specs
from tests.streams.event_examples import payloads, planned_item, source

NAMES = sorted(REGISTRY)


def made(name: str, detail: str = "", subject: str = "a subject") -> Event:
    return REGISTRY[name].event(payloads()[name], key="a key", subject=subject, source="test", detail=detail)


@pytest.mark.parametrize("field", ["name", "event_type", "schema_name", "payload"])
def test_no_two_topics_share_a(field) -> None:
    values = [getattr(topic, field) for topic in REGISTRY.values()]
    assert len(values) == len(set(values))


def test_the_registry_is_keyed_by_name_and_holds_every_topic_there_is() -> None:
    assert all(name == topic.name for name, topic in REGISTRY.items())
    defined = {value.name for value in vars(topics).values() if isinstance(value, Topic)}
    assert defined == set(REGISTRY)


def test_event_types_are_entity_past_verb_and_version() -> None:
    assert REGISTRY["planned"].event_type == "org.spinestream.item.planned.v1"
    assert REGISTRY["planned"].schema_name == "item.planned.v1.json"


def test_the_broker_creates_every_topic_and_one_for_the_dead_letters_of_every_group() -> None:
    names = [spec.name for spec in specs()]
    assert len(names) == len(set(names))
    assert set(names) == set(REGISTRY) | {dead_letter_topic(group) for group in GROUPS}
    assert all(spec.config["cleanup.policy"] for spec in specs())
    assert REGISTRY["decisions"].config()["retention.ms"] == "-1"
    assert dataclasses.replace(REGISTRY["planned"], compacted=True).config()["cleanup.policy"] == "compact,delete"


def test_dead_letter_topics_are_told_from_others() -> None:
    assert all(holds_dead_letters(dead_letter_topic(group)) for group in GROUPS)
    assert not any(holds_dead_letters(name) for name in REGISTRY)


def test_every_stage_reads_topics_there_are_and_has_dead_letters() -> None:
    known = {spec.name for spec in specs()}
    for stage in (SplitStage, PlanStage, SinkStage, *STAGES.values()):
        assert stage.group in GROUPS
        assert set(stage.topics) <= known


@pytest.mark.parametrize("name", NAMES)
def test_a_payload_survives_the_wire(name) -> None:
    event = made(name)
    again = Event.from_record(name, event.key.encode(), event.value, event.headers())
    assert REGISTRY[name].read(again) == payloads()[name]
    assert again.type == REGISTRY[name].event_type
    assert again.schema == REGISTRY[name].schema_name


@pytest.mark.parametrize("name", NAMES)
def test_the_same_fact_has_the_same_id_and_bytes_and_another_has_another(name) -> None:
    first, second = made(name), made(name)
    assert (first.id, first.value) == (second.id, second.value)
    assert len({first.id, made(name, detail="1").id, made(name, subject="another").id}) == 3


def test_the_same_subject_has_another_id_on_every_topic() -> None:
    assert len({made(name).id for name in NAMES}) == len(NAMES)


def test_an_event_id_is_known_for_ever() -> None:
    assert made("planned", subject="item-1").id == "5ec0cf2e-c0d4-519e-8c6f-ec9f01c6969b"


def test_a_topic_carries_its_own_payload_only() -> None:
    with pytest.raises(TypeError, match="topic planned carries ItemPlanned, not SourceWithdrawn"):
        topics.PLANNED.event(payloads()["withdrawals"], key="k", subject="s", source="test")


def test_an_event_of_another_type_is_refused() -> None:
    event = dataclasses.replace(made("drafted"), topic="planned")
    with pytest.raises(EventInvalid, match=r"org\.spinestream\.item\.drafted\.v1, expected .*item\.planned\.v1"):
        topics.PLANNED.read(event)


def test_fields_of_a_later_release_are_passed_over() -> None:
    event = made("withdrawals")
    later = dataclasses.replace(event, value=orjson.dumps(orjson.loads(event.value) | {"urgency": 3}))
    assert topics.WITHDRAWALS.read(later) == payloads()["withdrawals"]


@pytest.mark.parametrize(
    ("value", "places"),
    [
        (b"", "value"),
        (b"{", "value"),
        (b"\xff\xfe", "value"),
        (b"null", "value"),
        (b'["Jane Roe"]', "value"),
        (b'{"source_id": "x", "who": 7, "when": "Jane Roe"}', "who, why"),
    ],
)
def test_a_value_that_does_not_parse_is_named_by_its_places_and_not_quoted(value, places) -> None:
    event = dataclasses.replace(made("withdrawals"), value=value)
    with pytest.raises(EventInvalid) as raised:
        topics.WITHDRAWALS.read(event)
    assert str(raised.value) == f"event {event.id} on topic withdrawals does not parse at: {places}"


def test_an_event_that_no_broker_takes_is_not_made() -> None:
    item = planned_item()
    long = item.evidence[0].model_copy(update={"text": "L4/L5 " * 150_000})
    with pytest.raises(EventTooLarge, match="more than the 900,000 that may travel") as raised:
        topics.PLANNED.event(
            ItemPlanned(item=item.model_copy(update={"evidence": (long,)})), key="k", subject=item.id, source="plan"
        )
    assert item.id in str(raised.value)


def test_payloads_cannot_be_changed_once_made() -> None:
    payload = payloads()["withdrawals"]
    assert isinstance(payload, SourceWithdrawn)
    with pytest.raises(ValueError, match="frozen"):
        payload.why = "another"  # type: ignore[misc]
    assert source() == source()
