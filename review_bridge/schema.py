"""Validators and indexes of the collections this package owns; putting them in place may be repeated and raced."""

from __future__ import annotations

from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import OperationFailure

from generation.samples import DecisionKind, State
from review_bridge.fill import Document

SAMPLES = "samples"
"""Name of the collection of samples."""
DECISIONS = "decisions"
"""Name of the collection of decisions."""

_NAMESPACE_EXISTS = 48

_STRING = {"bsonType": "string"}
_OBJECT = {"bsonType": "object"}
_STRINGS = {"bsonType": "array", "items": _STRING}


def _object_with(**properties: Document) -> Document:
    return {"bsonType": "object", "required": [*properties], "properties": properties}


_SAMPLE: Document = {
    "bsonType": "object",
    "required": ["_id", "state", "reasons", "dead", "at", "created_at", "updated_at"],
    "properties": {
        "_id": _STRING,
        "source": _object_with(id=_STRING, version=_STRING),
        "plan": _object_with(id=_STRING, plan=_STRING),
        "drafts": _OBJECT | {"additionalProperties": _object_with(digest=_STRING, raw=_STRING)},
        "revisions": _OBJECT | {"additionalProperties": _object_with(draft_digest=_STRING, reasons=_STRINGS)},
        "decisions": _OBJECT
        | {"additionalProperties": _object_with(kind={"enum": [k.value for k in DecisionKind]}, who=_STRING)},
        "dead": _OBJECT | {"additionalProperties": _object_with(stage=_STRING, why=_STRING)},
        "retracted": _object_with(reason=_STRING, at={"bsonType": "date"}),
        "at": _OBJECT | {"additionalProperties": {"bsonType": "array", "minItems": 3, "maxItems": 3}},
        "times": _OBJECT | {"additionalProperties": {"bsonType": "date"}},
        "trace": _STRING,
        "state": {"enum": [state.value for state in State]},
        "reasons": _STRINGS,
        "created_at": {"bsonType": "date"},
        "updated_at": {"bsonType": "date"},
    },
}

_DECISION: Document = {
    "bsonType": "object",
    "required": ["_id", "item", "seq", "kind", "who", "when", "event", "unsent"],
    "properties": {
        "_id": _STRING,
        "item": _STRING,
        "seq": {"bsonType": ["int", "long"], "minimum": 1},
        "kind": {"enum": [kind.value for kind in DecisionKind]},
        "who": _STRING | {"minLength": 1},
        "simulated": {"bsonType": "bool"},
        "event": _OBJECT,
        "unsent": {"bsonType": "bool"},
    },
}

_SAMPLE_INDEXES = [
    IndexModel([("state", ASCENDING), ("_id", ASCENDING)]),
    IndexModel([("source.id", ASCENDING), ("_id", ASCENDING)]),
    IndexModel([("source.version", ASCENDING), ("_id", ASCENDING)]),
    IndexModel([("plan.plan", ASCENDING)], sparse=True),
]

_DECISION_INDEXES = [
    IndexModel([("item", ASCENDING), ("seq", ASCENDING)]),
    IndexModel([("who", ASCENDING), ("when", DESCENDING)]),
    IndexModel([("unsent", ASCENDING)], partialFilterExpression={"unsent": True}),
]


async def prepare(database: AsyncDatabase[Document]) -> None:
    """Create the collections, their validators and indexes, or bring those that are there up to date."""
    for name, schema, indexes in (
        (SAMPLES, _SAMPLE, _SAMPLE_INDEXES),
        (DECISIONS, _DECISION, _DECISION_INDEXES),
    ):
        await _ensure(database, name, {"$jsonSchema": schema})
        await database[name].create_indexes(indexes)


async def _ensure(database: AsyncDatabase[Document], name: str, validator: dict[str, Any]) -> None:
    try:
        await database.command({"create": name, "validator": validator})
    except OperationFailure as error:
        if error.code != _NAMESPACE_EXISTS:
            raise
        await database.command({"collMod": name, "validator": validator})
