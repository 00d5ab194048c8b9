"""Ids of items: a function of where an item comes from, so that the same maker gives the same ids."""

from __future__ import annotations

import uuid

from generation.ids import NAMESPACE


def bench_id(*parts: object) -> str:
    """Return the id of what these parts name."""
    return str(uuid.uuid5(NAMESPACE, "|".join(["bench", *map(str, parts)])))
