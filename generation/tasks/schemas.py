"""Pieces of answer schemas (grounded decoding): what is not in the source cannot be written into a field.

Level and citations are enums built from the item. Everything else is the model's own free text, bounded in length: a
string or list without bounds lets a model run on. A length and a `pattern` do not go together, and a list has 128
entries at most (xgrammar 0.2.8).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from generation.criteria import CriteriaSet
from generation.items import PlannedItem
from generation.sources import Language
from generation.tasks.settings import GenerationSettings

WHY = (8, 60)
MOST_CITATIONS = 8
DENSITY = {Language.EN: 1, Language.ZH: 3}
"""How many English characters say what one character says; also the tokens of one character, at most, in a tokenizer
made for English (a Chinese character is three bytes)."""


def text(bounds: tuple[int, int], language: Language, settings: GenerationSettings | None = None) -> dict[str, Any]:
    """Return the schema of free text of at least and at most so many characters of English, or as much of Chinese."""
    density, scale = DENSITY[language], settings.text_scale if settings else 1.0
    least, most = math.ceil(bounds[0] / density), math.ceil(bounds[1] * scale / density)
    return {"type": "string", "minLength": least, "maxLength": most}


def one_of(values: Sequence[str]) -> dict[str, Any]:
    """Return the schema of a string out of a list."""
    return {"type": "string", "enum": list(values)}


def citations(item: PlannedItem) -> dict[str, Any]:
    """Return the schema of the citations: ids of evidence sentences, the first of which states the target.

    There is room for every sentence that states a fact of the item, and for two more.
    """
    ids = [sentence.id for sentence in item.evidence]
    stating = set(item.support).union(*(fact.support for fact in item.facts)) if item.facts else {item.support[0]}
    most = min(len(stating) + 2, MOST_CITATIONS, len(ids))
    return {
        "type": "array",
        "prefixItems": [one_of(item.support)],
        "items": one_of(ids),
        "minItems": 1,
        "maxItems": most,
    }


def verdicts(criteria: CriteriaSet, language: Language) -> dict[str, Any]:
    """Return the schema of the reviser's verdicts: one object a criterion that the model judges."""
    verdict = fields({"pass": {"type": "boolean"}, "why": text(WHY, language)})
    return fields({criterion.id: verdict for criterion in criteria.judged_by_model()})


def fields(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of an object that has exactly these fields, in this order."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def max_tokens(schema: Mapping[str, Any], language: Language, settings: GenerationSettings) -> int:
    """Return how many tokens a completion of a schema may take: what its longest needs, capped by the settings."""
    return min(longest(schema, DENSITY[language]), settings.max_tokens)


def longest(schema: Mapping[str, Any], density: int) -> int:
    """Return the tokens of the longest value of a bounded schema, at most.

    One for every character of JSON, `density` for one of free text. It knows the schemas made here.

    Raises:
        KeyError: a text, a list or an object is not bounded.
    """
    if "enum" in schema:
        return max(len(orjson.dumps(value)) for value in schema["enum"])
    if schema["type"] == "boolean":
        return len("false")
    if schema["type"] == "string":
        return len('""') + density * int(schema["maxLength"])
    if schema["type"] == "array":
        first = [longest(part, density) for part in schema.get("prefixItems", ())]
        rest = int(schema["maxItems"]) - len(first)
        return len("[]") + sum(first) + rest * longest(schema["items"], density) + len(", ") * int(schema["maxItems"])
    parts = schema["properties"].items()
    return len("{}") + sum(len(f'"{name}": , ') + longest(part, density) for name, part in parts)
