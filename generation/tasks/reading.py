"""Reads completions. Text is taken exactly as written; the only change is JSON's own unescaping."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from generation.errors import OutputUnreadable
from generation.samples import Report, Said


class Written(NamedTuple):
    """What a model wrote in the fields of a kind; the others stay empty. See `Writing` for each."""

    question: str = ""
    rationale: str = ""
    answer: str = ""
    turns: tuple[Said, ...] = ()
    report: Report | None = None


def read_object(raw: str, where: str) -> dict[str, Any]:
    """Return the JSON object that a completion is; `where` (ids) names the request in messages.

    Raises:
        OutputUnreadable: it is cut off, empty or not an object.
    """
    try:
        content = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise OutputUnreadable(f"{where}: the completion is not JSON ({len(raw)} characters)") from error
    if not isinstance(content, dict):
        raise OutputUnreadable(f"{where}: the completion is not a JSON object")
    return content


def read_text(content: Mapping[str, Any], field: str, where: str) -> str:
    """Return a text field as it was written.

    Raises:
        OutputUnreadable: it is missing or not a string.
    """
    value = content.get(field)
    if not isinstance(value, str):
        raise OutputUnreadable(f"{where}: the field {field!r} is missing or not a text")
    return value


def read_citations(content: Mapping[str, Any], where: str) -> tuple[str, ...]:
    """Return the cited sentence ids, each once, in the order in which they were first named.

    Raises:
        OutputUnreadable: the field is missing or not a list of strings.
    """
    value = content.get("citations")
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise OutputUnreadable(f"{where}: the field 'citations' is missing or not a list of sentence ids")
    return tuple(dict.fromkeys(value))
