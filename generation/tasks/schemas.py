"""Pieces of answer schemas (grounded decoding): what is not in the evidence cannot be written into a field.

Level and citations are enums. Question and rationale are the model's own sentences within a regular expression that
xgrammar compiles: one sentence, its end, and no word with a capital or a digit (`MRI`, `L4/L5`, `II`) that the evidence
does not hold; a question has no digit at all. With grounded words every other word is the evidence's or a common one
too, and a question can name neither a side nor what tells the options apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from generation.criteria import CriteriaSet
from generation.items import PlannedItem
from generation.tasks import wording

WHY = r"[A-Z][a-z]*( [a-z]+){2,7}\."
"""3 to 8 words, the reason of a verdict."""
FREE_WORD = "[a-z]+(['-][a-z]+)*"
"""Words are not counted: xgrammar 0.2 compiles `+` in 10 ms, `{4,30}` in 1 s an item; max_tokens ends what runs on."""


def question(item: PlannedItem, stems: Sequence[str], *, grounded: bool) -> dict[str, Any]:
    """Return the schema of a question; with stems, it begins with one of them."""
    start = _any_of(stems) if stems else "[A-Z][a-z]*"
    if grounded:
        return text(f"{start}(,? {_any_of(wording.question_words(item))})+\\?")
    special = wording.special_words(item.evidence, numbers=False)
    return text(f"{start}(,? {_any_of(special, FREE_WORD)})+\\?")


def rationale(item: PlannedItem, *, grounded: bool) -> dict[str, Any]:
    """Return the schema of a rationale: its levels and numbers are those of the supporting sentences."""
    if grounded:
        words = wording.rationale_words(item)
        start = _any_of(word[0].upper() + word[1:] for word in words)
        return text(f"{start}(,? {_any_of(words)})+\\.")
    special = wording.special_words(wording.support_of(item), numbers=True)
    start = _any_of(special, "[A-Z][a-z]*")
    return text(f"{start}(,? {_any_of(special, FREE_WORD)})+\\.")


def _any_of(choices: Iterable[str], *patterns: str) -> str:
    """Return a group that matches one of the choices, literally, or one of the patterns."""
    return f"({'|'.join([*patterns, *dict.fromkeys(map(re.escape, choices))])})"


def text(pattern: str) -> dict[str, Any]:
    """Return the schema of a string that follows a pattern from end to end."""
    return {"type": "string", "pattern": f"^{pattern}$"}


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
    verdict = fields({"pass": {"type": "boolean"}, "why": text(WHY)})
    return fields({criterion.id: verdict for criterion in criteria.judged_by_model()})


def fields(properties: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an object that has exactly these fields, in this order."""
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
