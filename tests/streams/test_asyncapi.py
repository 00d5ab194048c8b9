"""The AsyncAPI document: the committed one is the registry's, it holds together, and real events are what it says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pytest

from streams.access import ACCESS
from streams.asyncapi import asyncapi
from streams.kafka_manifests import PREFIX
from streams.topics import REGISTRY, specs
from tests.streams.event_examples import payloads

FILE = Path(__file__).parents[2] / "docs" / "asyncapi.json"
REGENERATE = "the events changed: run `spinestream events asyncapi --out docs/asyncapi.json` and look at the difference"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return asyncapi()


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for below in node.values():
            yield from references(below)
    elif isinstance(node, list):
        for below in node:
            yield from references(below)


def at(document: dict[str, Any], reference: str) -> Any:
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def test_the_committed_document_is_the_registrys(document) -> None:
    assert orjson.loads(FILE.read_bytes()) == document, REGENERATE


def test_every_reference_leads_somewhere(document) -> None:
    found = set(references(document))
    assert len(found) > len(REGISTRY)
    for one in found:
        assert one.startswith("#/")
        assert at(document, one), one


def test_channels_are_the_topics_with_what_the_broker_is_asked_for(document) -> None:
    assert set(document["channels"]) == {spec.name for spec in specs()}
    for spec in specs():
        channel = document["channels"][spec.name]
        kafka = channel["bindings"]["kafka"]
        assert (channel["address"], kafka["topic"], kafka["partitions"]) == (
            *(PREFIX + spec.name,) * 2,
            spec.partitions,
        )
        told = kafka["topicConfiguration"]
        assert str(told["retention.ms"]) == spec.config["retention.ms"]
        assert ",".join(told["cleanup.policy"]) == spec.config["cleanup.policy"]


def test_operations_are_what_the_roles_do(document) -> None:
    expected = {(role, "send", name) for role, access in ACCESS.items() for name in access.sends}
    expected |= {
        (role, "receive", name) for role, access in ACCESS.items() for names in access.reads.values() for name in names
    }
    found = {
        (key.split(".")[0], one["action"], one["channel"]["$ref"].removeprefix("#/channels/"))
        for key, one in document["operations"].items()
    }
    assert found == expected
    for one in document["operations"].values():
        channel = at(document, one["channel"]["$ref"])
        assert [at(document, message["$ref"]) for message in one["messages"]] == list(channel["messages"].values())


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_a_real_event_is_what_its_message_says(document, name) -> None:
    topic = REGISTRY[name]
    event = topic.event(payloads()[name], key="a key", subject="a subject", source="test")
    message = document["components"]["messages"][topic.event_type]
    whole = {"components": document["components"]}
    jsonschema.validate(orjson.loads(event.value), {**whole, **message["payload"]})
    headers = {key: text.decode() for key, text in event.headers()}
    jsonschema.validate(headers, {**whole, **message["headers"]})
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**headers, "ce_type": "another"}, {**whole, **message["headers"]})


def test_schemas_are_json_schemas(document) -> None:
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
