from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.engines.schema_filler import UnknownSchema, fill


@st.composite
def bounded(draw: st.DrawFn, kind: str, low: str, high: str, most: int) -> dict[str, Any]:
    least = draw(st.integers(0, most))
    schema: dict[str, Any] = {"type": kind}
    if draw(st.booleans()):
        schema[low] = least
    if draw(st.booleans()):
        schema[high] = draw(st.integers(least, most))
    return schema


leaves = st.one_of(
    bounded("string", "minLength", "maxLength", 90),
    bounded("integer", "minimum", "maximum", 50),
    st.sampled_from([{"type": "boolean"}, {"type": "null"}, {"type": ["string", "null"]}, {"const": "mcq"}]),
    st.lists(st.text(max_size=4), min_size=1, max_size=4).map(lambda values: {"enum": values}),
)


def deeper(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    arrays = st.tuples(bounded("array", "minItems", "maxItems", 4), inner).map(
        lambda pair: {**pair[0], "items": pair[1]}
    )
    objects = st.dictionaries(st.sampled_from("abcd"), inner, max_size=3).map(
        lambda parts: {"type": "object", "properties": parts, "required": list(parts), "additionalProperties": False}
    )
    unions = st.lists(inner, min_size=1, max_size=2).map(lambda options: {"anyOf": options})
    return st.one_of(arrays, objects, unions)


@given(st.recursive(leaves, deeper, max_leaves=8), st.text(max_size=5))
def test_what_it_writes_follows_the_schema_and_only_the_seed(schema: dict[str, Any], seed: str) -> None:
    value = fill(schema, seed)
    jsonschema.validate(value, schema)
    assert fill(schema, seed) == value


def test_seeds_spread_over_an_enum() -> None:
    assert {fill({"enum": ["a", "b", "c"]}, str(seed)) for seed in range(30)} == {"a", "b", "c"}


def test_an_array_of_unique_values_has_no_value_twice() -> None:
    schema = {"type": "array", "minItems": 3, "maxItems": 3, "uniqueItems": True, "items": {"enum": ["a", "b", "c"]}}
    assert all(sorted(fill(schema, str(seed))) == ["a", "b", "c"] for seed in range(10))


@pytest.mark.parametrize("schema", [5, {}, {"type": "nonsense"}, {"enum": []}, {"anyOf": []}])
def test_a_schema_it_does_not_know_is_refused(schema: Any) -> None:
    with pytest.raises(UnknownSchema):
        fill(schema, "seed")
