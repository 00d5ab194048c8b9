"""Pieces of answer schemas (grounded decoding): what is not in the source cannot be written into a field.

Level and citations are enums built from the item. Question and rationale are the model's own free text, bounded in
length: a string or list without bounds lets a model run on (xgrammar 0.2.8).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from generation.criteria import CriteriaSet
from generation.items import PlannedItem

QUESTION_CHARACTERS = (20, 160)
RATIONALE_CHARACTERS = (20, 240)
WHY_CHARACTERS = (8, 60)


def text(bounds: tuple[int, int]) -> dict[str, Any]:
    """Return the schema of free text of at least and at most so many characters."""
    return {"type": "string", "minLength": bounds[0], "maxLength": bounds[1]}


def one_of(values: Sequence[str]) -> dict[str, Any]:
    """Return the schema of a string out of a list."""
    return {"type": "string", "enum": list(values)}


def citations(item: PlannedItem) -> dict[str, Any]:
    """Return the schema of the citations: ids of evidence sentences, the first of which states the target."""
    ids = [sentence.id for sentence in item.evidence]
    first = one_of(item.support)
    return {"type": "array", "prefixItems": [first], "items": one_of(ids), "minItems": 1, "maxItems": min(3, len(ids))}


def verdicts(criteria: CriteriaSet) -> dict[str, Any]:
    """Return the schema of the reviser's verdicts: one object a criterion that the model judges."""
    verdict = fields({"pass": {"type": "boolean"}, "why": text(WHY_CHARACTERS)})
    return fields({criterion.id: verdict for criterion in criteria.judged_by_model()})


def fields(properties: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an object that has exactly these fields, in this order."""
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
