"""The AsyncAPI 3.0 document of the deployment's events, made from the topic registry.

Channels are topics, messages are CloudEvents in Kafka binary mode, operations are what each role reads and sends.
Sources: AsyncAPI 3.0.0, its Kafka bindings 0.5.0, CloudEvents 1.0 Kafka protocol binding.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic.json_schema import models_json_schema

from streams.access import ACCESS
from streams.events import CONTENT_TYPE, SPEC_VERSION
from streams.kafka_manifests import PREFIX
from streams.topics import REGISTRY, Topic, TopicSpec, specs

ASYNCAPI = "3.0.0"
BINDING = "0.5.0"
VERSION = "1.0.0"
"""Of the description. Events only grow, so it stays; another format of the document would be another version."""
_SCHEMAS = "#/components/schemas/"
_MESSAGES = "#/components/messages/"
_DEAD = "dead-letter"
_TEXT = {"type": "string"}


def asyncapi() -> dict[str, Any]:
    """Return the document, as JSON would hold it. Addresses carry the usual prefix of a deployment."""
    payloads, schemas = _payloads()
    return {
        "asyncapi": ASYNCAPI,
        "info": {
            "title": "spinestream events",
            "version": VERSION,
            "description": "Every event of a deployment: from a source to a decision, and from decisions to the model "
            "that answers. Each topic carries one kind of fact; redelivery is harmless, since the same fact has the "
            "same id.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": CONTENT_TYPE.decode(),
        "servers": {"broker": _server()},
        "channels": {spec.name: _channel(spec) for spec in specs()},
        "operations": _operations(),
        "components": {
            "schemas": {**schemas, "EventHeaders": _headers(), "DeadLetterHeaders": _dead_headers()},
            "messages": {
                **{topic.event_type: _message(topic, payloads[topic.name]) for topic in REGISTRY.values()},
                _DEAD: _dead_message(),
            },
        },
    }


def _payloads() -> tuple[dict[str, str], dict[str, Any]]:
    """Return the reference of each topic's payload, by topic, and all schemas they consist of."""
    mode: Literal["validation"] = "validation"
    kinds = [(topic.payload, mode) for topic in REGISTRY.values()]
    references, found = models_json_schema(kinds, ref_template=_SCHEMAS + "{model}")
    named = {topic.name: str(references[topic.payload, mode]["$ref"]) for topic in REGISTRY.values()}
    return named, found["$defs"]


def _server() -> dict[str, Any]:
    return {
        "host": "{bootstrap}",
        "protocol": "kafka",
        "description": "Apache Kafka; how it is reached is the deployment's affair.",
        "variables": {"bootstrap": {"description": "host:port of a broker", "default": "localhost:9092"}},
    }


def _channel(spec: TopicSpec) -> dict[str, Any]:
    topic = REGISTRY.get(spec.name)
    config: dict[str, Any] = {"cleanup.policy": spec.config["cleanup.policy"].split(",")}
    config |= {name: int(text) for name, text in spec.config.items() if name != "cleanup.policy"}
    binding = {
        "topic": PREFIX + spec.name,
        "partitions": spec.partitions,
        "topicConfiguration": config,
        "bindingVersion": BINDING,
    }
    message = topic.event_type if topic else _DEAD
    return {
        "address": PREFIX + spec.name,
        "title": f"{topic.entity} {topic.verb}" if topic else f"dead letters of {spec.name.partition('.')[2]}",
        "messages": {message: {"$ref": _MESSAGES + message}},
        "bindings": {"kafka": binding},
    }


def _message(topic: Topic, payload: str) -> dict[str, Any]:
    return {
        "name": topic.event_type,
        "title": f"{topic.entity} {topic.verb}",
        "contentType": CONTENT_TYPE.decode(),
        "headers": {
            "allOf": [
                {"$ref": _SCHEMAS + "EventHeaders"},
                {"properties": {"ce_type": {"const": topic.event_type}, "ce_dataschema": {"const": topic.schema_name}}},
            ]
        },
        "payload": {"$ref": payload},
        "bindings": {"kafka": {"key": {**_TEXT, "description": topic.key}, "bindingVersion": BINDING}},
    }


def _dead_message() -> dict[str, Any]:
    return {
        "name": _DEAD,
        "title": "a record that could not be handled",
        "summary": "Key, value and headers as they came, and beside them headers that say why.",
        "contentType": "application/octet-stream",
        "headers": {"$ref": _SCHEMAS + "DeadLetterHeaders"},
        "payload": {"description": "The bytes of the record, unchanged; they need not be an event."},
        "bindings": {"kafka": {"key": {**_TEXT, "description": "that of the record"}, "bindingVersion": BINDING}},
    }


def _headers() -> dict[str, Any]:
    needed = {
        "ce_id": {**_TEXT, "description": "The same fact has the same id, however often it comes."},
        "ce_source": {**_TEXT, "description": "The role that tells it: /spinestream/<role>."},
        "ce_type": {**_TEXT, "description": "org.spinestream.<entity>.<past verb>.v<version>."},
        "ce_specversion": {"const": SPEC_VERSION},
        "ce_subject": {**_TEXT, "description": "The item, source or decision it is about."},
    }
    others = {
        "ce_time": {**_TEXT, "format": "date-time"},
        "ce_dataschema": {**_TEXT, "description": "File of the payload's JSON Schema."},
        "content-type": {"const": CONTENT_TYPE.decode()},
        "traceparent": {**_TEXT, "description": "W3C trace context of who sent it."},
    }
    return {"type": "object", "required": list(needed), "properties": {**needed, **others}}


def _dead_headers() -> dict[str, Any]:
    names = ("id", "group", "exception", "message", "topic", "partition", "offset", "disposition")
    found: dict[str, Any] = {f"spinestream.errors.{name}": dict(_TEXT) for name in names}
    found["spinestream.errors.disposition"] = {"enum": ["dead", "replayed"]}
    return {"type": "object", "required": list(found), "properties": found}


def _operations() -> dict[str, Any]:
    made = {}
    for role, access in ACCESS.items():
        for group, names in access.reads.items():
            for name in names:
                binding = {"groupId": {"type": "string", "enum": [PREFIX + group]}, "bindingVersion": BINDING}
                about = {"title": f"{role} reads {name} as {group}", "bindings": {"kafka": binding}}
                made[f"{role}.{group}.receive.{name}"] = _operation("receive", name, access.summary, about)
        for name in access.sends:
            about = {"title": f"{role} sends {name}"}
            made[f"{role}.send.{name}"] = _operation("send", name, access.summary, about)
    return made


def _operation(action: str, name: str, summary: str, about: dict[str, Any]) -> dict[str, Any]:
    topic = REGISTRY.get(name)
    message = topic.event_type if topic else _DEAD
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{name}"},
        "summary": summary,
        **about,
        "messages": [{"$ref": f"#/channels/{name}/messages/{message}"}],
    }
