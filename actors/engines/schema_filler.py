"""Write a JSON value that follows a schema, chosen by hashing alone: what the scripted engine answers unplanned."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

WORDS = (
    "disc",
    "canal",
    "root",
    "facet",
    "level",
    "signal",
    "margin",
    "height",
    "wide",
    "narrow",
    "near",
    "with",
    "at",
)
SOME_TEXT = 40
"""Characters of a string without bounds."""


class UnknownSchema(ValueError):
    """The schema uses a word the filler does not know."""


def fill(schema: Any, seed: str, path: str = "$") -> Any:
    """Return a value for a JSON schema; the same schema, seed and path give the same value.

    Knows object, array, string, integer, number, boolean, null, `enum`, `const`, `anyOf`, `oneOf` and the bounds of
    each; a `pattern` is passed over. Properties that are not required are written too.

    Raises:
        UnknownSchema: it is none of these.
    """
    if not isinstance(schema, dict):
        raise UnknownSchema(f"{path}: a schema is an object")
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return _choose(schema["enum"], seed, path)
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return fill(_choose(schema[union], seed, path), seed, path)
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = _choose(kind, seed, path)
    filler = _FILLERS.get(kind) if isinstance(kind, str) else None
    if filler is None:
        raise UnknownSchema(f"{path}: type {kind!r} is not known")
    return filler(schema, seed, path)


def _number(seed: str, path: str, below: int) -> int:
    """Return a number from 0 to `below` - 1."""
    return int.from_bytes(hashlib.sha256(f"{seed}|{path}".encode()).digest()[:8], "big") % below


def _choose(values: list[Any], seed: str, path: str) -> Any:
    if not values:
        raise UnknownSchema(f"{path}: nothing to choose from")
    return values[_number(seed, path, len(values))]


def _object(schema: dict[str, Any], seed: str, path: str) -> dict[str, Any]:
    return {name: fill(part, seed, f"{path}.{name}") for name, part in schema.get("properties", {}).items()}


def _array(schema: dict[str, Any], seed: str, path: str) -> list[Any]:
    least = int(schema.get("minItems", 0))
    most = int(schema.get("maxItems", max(least, 3)))
    wanted = least + _number(seed, f"{path}#", most - least + 1)
    items = schema.get("items", {"type": "string"})
    if schema.get("uniqueItems") and isinstance(items, dict) and "enum" in items:
        first = _number(seed, path, len(items["enum"]))
        return [*items["enum"][first:], *items["enum"][:first]][:wanted]
    return [fill(items, seed, f"{path}[{index}]") for index in range(wanted)]


def _string(schema: dict[str, Any], seed: str, path: str) -> str:
    least = int(schema.get("minLength", 0))
    most = int(schema.get("maxLength", max(least, SOME_TEXT)))
    length = min(most, max(least, SOME_TEXT))
    text = ""
    while len(text) < length:
        text += ("" if not text else " ") + WORDS[_number(seed, f"{path}@{len(text)}", len(WORDS))]
    text = text[:length].capitalize()
    return text[:-1] + "e" if text.endswith(" ") else text


def _integer(schema: dict[str, Any], seed: str, path: str) -> int:
    least = int(schema.get("minimum", 0))
    most = int(schema.get("maximum", least + 9))
    return least + _number(seed, path, most - least + 1)


def _boolean(schema: dict[str, Any], seed: str, path: str) -> bool:
    return _number(seed, path, 2) == 1


def _null(schema: dict[str, Any], seed: str, path: str) -> None:
    return None


_FILLERS: dict[str, Callable[[dict[str, Any], str, str], Any]] = {
    "object": _object,
    "array": _array,
    "string": _string,
    "integer": _integer,
    "number": _integer,
    "boolean": _boolean,
    "null": _null,
}
