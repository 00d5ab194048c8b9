"""The rule of growing schemas: what a later release may change, and what it may not."""

from __future__ import annotations

import enum
from typing import Any

import pytest
from pydantic import BaseModel, Field

from streams.schema_growth import breaking_changes


def thing(required: tuple[str, ...] = ("name",), **properties: Any) -> dict[str, Any]:
    fields = {"name": {"type": "string"}} | properties
    return {"type": "object", "properties": fields, "required": list(required)}


TEXT, NUMBER, WHOLE, NOTHING = {"type": "string"}, {"type": "number"}, {"type": "integer"}, {"type": "null"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (thing(side=TEXT), thing(), ["side: the field was removed"]),
        (thing(), thing(("name", "side"), side=TEXT), ["side: a new field is required"]),
        (thing(side=TEXT), thing(("name", "side"), side=TEXT), ["side: a field that was optional is required"]),
        (thing(side=TEXT), thing(side=WHOLE), ["side: type changed from string to integer"]),
        (thing(side=NUMBER), thing(side=WHOLE), ["side: type changed from number to integer"]),
        (thing(side={}), thing(side=TEXT), ["side: type changed from any to string"]),
        (thing(side={"anyOf": [TEXT, NOTHING]}), thing(side=TEXT), ["side: type changed from null to string"]),
        (thing(side={"type": ["string", "null"]}), thing(side=TEXT), ["side: type changed from null to string"]),
        (
            thing(side={"enum": ["left", "right"], "type": "string"}),
            thing(side={"enum": ["left"], "type": "string"}),
            ["side: 'right' is no longer taken"],
        ),
        (
            thing(side={"enum": ["left", "right"], "type": "string"}),
            thing(side={"const": "left", "type": "string"}),
            ["side: 'right' is no longer taken"],
        ),
        (thing(side=TEXT), thing(side=TEXT | {"enum": ["left"]}), ["side: only 'left' are taken now"]),
        (thing(side=TEXT), thing(side=TEXT | {"pattern": "^l"}), ["side: pattern changed from none to ^l"]),
        (thing(side=TEXT), thing(side=TEXT | {"minLength": 1}), ["side: minLength was raised from none to 1"]),
        (
            thing(side=TEXT | {"maxLength": 9}),
            thing(side=TEXT | {"maxLength": 8}),
            ["side: maxLength was lowered from 9 to 8"],
        ),
        (thing(age=WHOLE), thing(age=WHOLE | {"minimum": 0}), ["age: minimum was raised from none to 0"]),
        (
            thing(ids={"type": "array", "items": TEXT}),
            thing(ids={"type": "array", "items": WHOLE}),
            ["ids[]: type changed from string to integer"],
        ),
        (
            thing(ids={"type": "array"}),
            thing(ids={"type": "array", "items": TEXT}),
            ["ids[]: type changed from any to string"],
        ),
        (
            thing(by={"type": "object", "additionalProperties": TEXT}),
            thing(by={"type": "object", "additionalProperties": WHOLE}),
            ["by.*: type changed from string to integer"],
        ),
        (thing(), thing() | {"additionalProperties": False}, ["the event: other fields are no longer taken"]),
        (
            thing(at=thing(("name",), page=WHOLE)),
            thing(at=thing(("name", "page"), page=TEXT)),
            ["at.page: type changed from integer to string", "at.page: a field that was optional is required"],
        ),
    ],
)
def test_what_breaks_is_named_with_its_place(old, new, said) -> None:
    assert breaking_changes(old, new) == said


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (thing(), thing()),
        (thing(), thing(side=TEXT | {"default": "left"})),
        (thing(side=WHOLE), thing(side=NUMBER)),
        (thing(side=TEXT), thing(side={"anyOf": [TEXT, NOTHING]})),
        (thing(side=TEXT), thing(side={})),
        (thing(("name", "side"), side=TEXT), thing(side=TEXT)),
        (thing(side={"enum": ["left"]}), thing(side={"enum": ["left", "right"]})),
        (thing(side={"enum": ["left"]}), thing(side={})),
        (thing(side=TEXT | {"pattern": "^l", "minLength": 2}), thing(side=TEXT)),
        (thing(side=TEXT), thing(side=TEXT | {"minLength": 0, "title": "Side", "description": "Which side."})),
        (thing(age=WHOLE | {"minimum": 0}), thing(age=WHOLE | {"minimum": -1})),
        (thing() | {"additionalProperties": False}, thing()),
    ],
)
def test_growing_is_allowed(old, new) -> None:
    assert breaking_changes(old, new) == []


def test_definitions_are_compared_by_what_they_say_and_not_by_their_name() -> None:
    old = {"$defs": {"A": thing(side=TEXT)}, "type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}}
    moved = {"$defs": {"B": thing(side=TEXT)}, "type": "object", "properties": {"a": {"$ref": "#/$defs/B"}}}
    assert breaking_changes(old, moved) == []
    broken = {"$defs": {"A": thing(side=WHOLE)}, "type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}}
    assert breaking_changes(old, broken) == ["a.side: type changed from string to integer"]
    inlined = {"type": "object", "properties": {"a": thing()}}
    assert breaking_changes(old, inlined) == ["a.side: the field was removed"]


def test_a_form_of_a_choice_is_compared_with_the_one_that_fits_it_best() -> None:
    old = {"anyOf": [thing(side=TEXT), NOTHING]}
    assert breaking_changes(old, {"anyOf": [NOTHING, thing(), thing(side=TEXT)]}) == []
    assert breaking_changes(old, {"anyOf": [NOTHING, thing()]}) == ["side: the field was removed"]


class Leaf(BaseModel):
    text: str


class Tree(BaseModel):
    left: Tree | None = None
    leaves: tuple[Leaf, ...] = ()


def test_a_schema_that_holds_itself_is_walked_once() -> None:
    schema = Tree.model_json_schema()
    assert breaking_changes(schema, schema) == []


def test_models_of_two_releases() -> None:
    class Side(enum.StrEnum):
        LEFT = "left"
        RIGHT = "right"

    class Old(BaseModel):
        side: Side
        grade: str | None = None
        pages: tuple[int, ...] = ()
        size: int = Field(ge=0)

    class Grown(Old):
        note: str = ""
        grade: str | int | None = None  # type: ignore[assignment]

    class Narrowed(BaseModel):
        side: Side
        grade: str
        pages: tuple[str, ...] = ()
        size: int = Field(ge=1)

    old = Old.model_json_schema()
    assert breaking_changes(old, Grown.model_json_schema()) == []
    assert breaking_changes(old, Narrowed.model_json_schema()) == [
        "grade: type changed from null to string",
        "pages[]: type changed from integer to string",
        "size: minimum was raised from 0 to 1",
        "grade: a field that was optional is required",
    ]
