"""A version of SpineBench: its items as canonical bytes, named by their sha256, and what is counted of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import orjson

from bench.errors import BenchError, ItemInvalid
from bench.items.item import BenchItem
from generation.model import Value
from generation.overlap import Index, index_of

FORMAT = 1
"""Of the canonical bytes."""
CUTS = ("kind", "axis", "language", "origin", "level", "condition", "template")
"""What items are counted by."""


class VersionBody(Value):
    """The canonical content of a version."""

    format: int = FORMAT
    items: tuple[BenchItem, ...]


class BenchVersion(Value):
    """What is kept of a version beside its items."""

    bench: str
    """sha256 of the canonical bytes, which is their address as well."""
    items: int
    cases: int
    counts: dict[str, dict[str, int]]
    """Items by kind, axis, language, origin, level, condition and template."""
    twins: int
    """Pairs of items that differ in the level alone."""
    phantom: int
    """Items that are about nobody."""
    overlap: str
    """Address of the overlap index."""
    why: str
    """How it came to be made, for people."""
    at: str = ""
    """When it was made here."""


def canonical(items: Iterable[BenchItem]) -> bytes:
    """Return the bytes of a version: the same items give the same bytes, in whatever order they come.

    Raises:
        ItemInvalid: there is none, or two different items have one id.
    """
    found: dict[str, BenchItem] = {}
    for item in items:
        if found.setdefault(item.id, item) != item:
            raise ItemInvalid(f"two different items are called {item.id}; make each by one maker only")
    if not found:
        raise ItemInvalid("a version of SpineBench needs an item: no source or phantom gave one")
    body = VersionBody(items=tuple(found[id_] for id_ in sorted(found)))
    return orjson.dumps(body.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)


def read_items(content: bytes) -> tuple[BenchItem, ...]:
    """Return the items of a version's bytes, in the order of their ids; raises BenchError for another format."""
    told = orjson.loads(content)
    if told.get("format") != FORMAT:
        raise BenchError(f"a version of SpineBench of format {told.get('format')!r}; this release reads {FORMAT}")
    return VersionBody.model_validate(told).items


def counted(items: Iterable[BenchItem]) -> dict[str, dict[str, int]]:
    """Return how many items there are, cut by each of `CUTS`; what an item has no value for is not counted."""
    counts: Mapping[str, Counter[str]] = {cut: Counter() for cut in CUTS}
    for item in items:
        for cut, counter in counts.items():
            if value := getattr(item, cut):
                counter[str(getattr(value, "value", value))] += 1
    return {cut: dict(sorted(counter.items())) for cut, counter in counts.items()}


def overlap_of(items: Iterable[BenchItem]) -> Index:
    """Return the overlap index of everything that a model is shown of items, but for the question templates and the
    options' letters: passages, questions with their options, and reports that are right."""
    return index_of(text for item in items for text in _shown(item))


def _shown(item: BenchItem) -> Iterable[str]:
    if item.passage:
        yield item.passage
    if not item.template.startswith("planned@") and not item.phantom:
        yield item.question  # a question of ours is the same for every item: it would not tell one from another
    if item.reference:
        yield item.reference
