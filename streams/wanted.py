"""What is asked of a source, and which plans that comes to: a pair that names no language means the source's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from generation.sources import Language
from streams.payloads import Wanted


def resolved(wanted: Iterable[Wanted], own: Language) -> tuple[Wanted, ...]:
    """Return the pairs with `own` where none is named, each once, in the order they were asked for."""
    named = (one if one.language else one.model_copy(update={"language": own}) for one in wanted)
    return tuple(dict.fromkeys(named))


def wanted_of(document: Mapping[str, Any]) -> tuple[Wanted, ...]:
    """Return what is wanted of a source's document; before its split, pairs may name no language yet."""
    wanted = tuple(Wanted.model_validate(one) for one in document["wanted"])
    split = document.get("split_into")
    return resolved(wanted, Language(split["language"])) if split else wanted


def beyond(document: Mapping[str, Any], asked: Iterable[Wanted]) -> tuple[Wanted, ...]:
    """Return the pairs of `asked` that are not wanted of a source's document yet, each once."""
    known, split = wanted_of(document), document.get("split_into")
    pairs = resolved(asked, Language(split["language"])) if split else tuple(dict.fromkeys(asked))
    return tuple(one for one in pairs if one not in known)
