"""Reproducible choice: an order that depends on ids alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TypeVar

Thing = TypeVar("Thing")


def number(key: str) -> int:
    """Return a number (64 bits) of a key."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")


def shuffled(things: Iterable[Thing], key: str) -> list[Thing]:
    """Return the things in an order that the key and their own text decide."""
    return sorted(things, key=lambda thing: (number(f"{key}|{thing}"), str(thing)))
