"""A level as a text names it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class LevelKind(StrEnum):
    """What the words of a mention point at."""

    VERTEBRA = "vertebra"
    """One vertebra: `L4`."""
    DISC = "disc"
    """One disc or motion segment: `L4/L5`."""
    RANGE = "range"
    """Several motion segments in a row, listed one by one."""
    NERVE_ROOT = "nerve_root"
    """One or more nerve roots, named like vertebrae (and `C8`)."""


@dataclass(frozen=True, slots=True)
class LevelMention:
    """One place of a text that names a level; `text` is exactly the characters [start, end) of it."""

    text: str
    start: int
    end: int
    kind: LevelKind
    levels: tuple[str, ...]
    """Canonical, from head to tail; one, except for a range or several roots."""
