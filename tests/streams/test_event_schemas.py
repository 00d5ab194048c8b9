"""The JSON Schemas of the events: those in the folder `schemas` are the registry's, and they have only grown."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import orjson
import pytest

from streams.schema_growth import breaking_changes
from streams.topics import REGISTRY, schemas
from tests.streams.event_examples import payloads

FOLDER = Path(__file__).parents[2] / "schemas"
RELEASED = FOLDER / "released"
"""The schemas of the last release; a release writes them: `spinestream events schemas --out schemas/released`."""

REGENERATE = "the events changed: run `spinestream events schemas --out schemas` and look at the difference"
BROKEN = (
    "events of the last release lie in the log and its readers run beside ours: give a new field a default, keep the "
    "old one, or make a new version of the event type (`Topic.version`) beside it"
)


def committed(folder: Path) -> dict[str, dict[str, object]]:
    return {file.name: orjson.loads(file.read_bytes()) for file in folder.glob("*.json")}


def test_the_schemas_in_the_folder_are_those_of_the_registry() -> None:
    assert committed(FOLDER) == schemas(), REGENERATE


def test_no_schema_that_was_released_is_gone() -> None:
    assert committed(RELEASED), "the folder of the last release is empty"
    assert set(committed(RELEASED)) <= set(schemas()), BROKEN


@pytest.mark.parametrize("name", sorted(committed(RELEASED)))
def test_a_released_schema_has_only_grown(name) -> None:
    assert breaking_changes(committed(RELEASED)[name], schemas()[name]) == [], BROKEN


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_an_event_of_ours_is_valid_by_its_schema(name) -> None:
    topic = REGISTRY[name]
    event = topic.event(payloads()[name], key="k", subject="s", source="test")
    schema = schemas()[topic.schema_name]
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(orjson.loads(event.value), schema)
    if topic.schema_name in committed(RELEASED):
        jsonschema.validate(orjson.loads(event.value), committed(RELEASED)[topic.schema_name])
