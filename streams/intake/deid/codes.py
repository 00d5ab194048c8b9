"""Coded concepts: a code that the standard's lists hold stays with the list's own meaning, any other goes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import cast

from pydicom.dataset import Dataset

CODE_TAGS = frozenset({0x00080100, 0x00080102, 0x00080104, 0x00080119, 0x00080120})
"""Value, scheme, meaning, long value and URN of a code."""
_OLD_SNOMED = ("SRT", "SNM3", "99SDM")


@cache
def _meanings() -> Mapping[tuple[str, str], str]:
    """Meaning by scheme and value, of all codes of PS3.16 (they take a second to load)."""
    from pydicom.sr import _concepts_dict
    from pydicom.sr._snomed_dict import mapping

    concepts = cast("Mapping[str, Mapping[str, Mapping[str, tuple[str, list[int]]]]]", _concepts_dict.concepts)
    known = {
        (scheme, str(value)): str(entry[0])
        for scheme, keywords in concepts.items()
        for values in keywords.values()
        for value, entry in values.items()
    }
    for old, new in mapping["SRT"].items():
        if meaning := known.get(("SCT", str(new))):
            known.update({(scheme, str(old)): meaning for scheme in _OLD_SNOMED})
    return known


def is_code(item: Dataset) -> bool:
    """Return whether an item of a sequence is a code."""
    return any(tag in item for tag in CODE_TAGS)


def cleaned_code(item: Dataset) -> Dataset | None:
    """Return a code's value, scheme and standard meaning; None where the standard's lists do not hold it."""
    scheme = str(item.get("CodingSchemeDesignator", "")).strip(" \0")
    value = str(item.get("CodeValue", "")).strip(" \0")
    meaning = _meanings().get((scheme, value)) if scheme and value else None
    if meaning is None:
        return None
    clean = Dataset()
    clean.CodeValue = value
    clean.CodingSchemeDesignator = scheme
    clean.CodeMeaning = meaning[:64]
    return clean
