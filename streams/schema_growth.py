"""Tells whether a JSON Schema of an event has only grown since a release.

The rule: whatever was a valid event stays one, and every field keeps its name, since events of the last release lie
in the log for weeks and its readers run beside ours during an upgrade. Growing is: a new field with a default, a wider
type, another enum member, a looser bound.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]

_LOWEST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_HIGHEST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_COUNTS = ("minLength", "minItems", "minProperties")
_EXACT = ("pattern", "format", "multipleOf", "uniqueItems")


def breaking_changes(old: Schema, new: Schema) -> list[str]:
    """Return what of `new` would not take an event of `old`, or hides a field of it: a sentence each, none if it only
    grew.

    Both are whole JSON Schemas as pydantic writes them (`$defs`, `$ref`, `anyOf`).

    >>> breaking_changes({"type": "integer"}, {"type": "string"})
    ['the event: type changed from integer to string']
    """
    return _Comparison(old, new).of(old, new, "")


@dataclass
class _Comparison:
    old_root: Schema
    new_root: Schema

    def __post_init__(self) -> None:
        self._open: set[tuple[int, int]] = set()

    def of(self, old: Schema, new: Schema, place: str) -> list[str]:
        """Compare two schemas that stand at the same place."""
        after = _forms(new, self.new_root)
        return [said for form in _forms(old, self.old_root) for said in self._best(form, after, place)]

    def _best(self, old: Schema, forms: Sequence[Schema], place: str) -> list[str]:
        """Compare with the form of the new schema that fits best."""
        fitting = [form for form in forms if _takes_type(form, old)]
        if not fitting:
            after = " or ".join(_type(form) for form in forms)
            return [f"{place or 'the event'}: type changed from {_type(old)} to {after}"]
        return min((list(self._form(old, form, place)) for form in fitting), key=len)

    def _form(self, old: Schema, new: Schema, place: str) -> Iterator[str]:
        pair = (id(old), id(new))
        if pair in self._open:  # a definition that holds itself
            return
        self._open.add(pair)
        yield from _narrower(old, new, place or "the event")
        yield from self._fields(old, new, place)
        yield from self._elements(old, new, place)
        self._open.discard(pair)

    def _fields(self, old: Schema, new: Schema, place: str) -> Iterator[str]:
        before: Schema = old.get("properties", {})
        after: Schema = new.get("properties", {})
        for name in before:
            here = f"{place}.{name}" if place else name
            if name in after:
                yield from self.of(before[name], after[name], here)
            else:
                yield f"{here}: the field was removed"
        for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
            what = "a field that was optional is required" if name in before else "a new field is required"
            yield f"{place + '.' if place else ''}{name}: {what}"
        yield from self._others(old.get("additionalProperties", True), new.get("additionalProperties", True), place)

    def _others(self, old: Any, new: Any, place: str) -> Iterator[str]:
        if new is True or old is False:
            return
        if new is False or old is True:
            yield f"{place or 'the event'}: other fields are no longer taken"
        else:
            yield from self.of(old, new, f"{place}.*")

    def _elements(self, old: Schema, new: Schema, place: str) -> Iterator[str]:
        if "items" in new and new["items"] is not True:
            yield from self.of(_schema(old.get("items")), _schema(new["items"]), f"{place}[]")


def _narrower(old: Schema, new: Schema, place: str) -> Iterator[str]:
    """Say which single constraints of `new` take less than those of `old`."""
    before, after = _choices(old), _choices(new)
    if after is not None:
        if before is None:
            yield f"{place}: only {', '.join(map(repr, after))} are taken now"
        else:
            gone = [one for one in before if one not in after]
            if gone:
                yield f"{place}: {', '.join(map(repr, gone))} is no longer taken"
    for name in _LOWEST:
        least = 0 if name in _COUNTS else float("-inf")
        if new.get(name, least) > old.get(name, least):
            yield f"{place}: {name} was raised from {old.get(name, 'none')} to {new[name]}"
    for name in _HIGHEST:
        if new.get(name, float("inf")) < old.get(name, float("inf")):
            yield f"{place}: {name} was lowered from {old.get(name, 'none')} to {new[name]}"
    for name in _EXACT:
        if new.get(name) and new.get(name) != old.get(name):
            yield f"{place}: {name} changed from {old.get(name, 'none')} to {new[name]}"


def _forms(schema: Schema, root: Schema) -> list[Schema]:
    """Return the alternatives a schema stands for, references followed."""
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rsplit("/", 1)[-1]]
    for name in ("anyOf", "oneOf"):
        if name in schema:
            return [form for one in schema[name] for form in _forms(one, root)]
    if isinstance(schema.get("type"), list):
        return [{**schema, "type": one} for one in schema["type"]]
    return [schema]


def _schema(found: Any) -> Schema:
    return found if isinstance(found, Mapping) else {}


def _choices(schema: Schema) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _type(schema: Schema) -> str:
    return str(schema.get("type", "any"))


def _takes_type(new: Schema, old: Schema) -> bool:
    before, after = _type(old), _type(new)
    return after in ("any", before) or (before, after) == ("integer", "number")
