"""Vertebral levels: what they are called, which are next to each other, and where a text names them.

Canonical names are `L4` for a vertebra (or a nerve root) and `L4/L5` for a disc or motion segment.
"""

from generation.levels.anatomy import (
    ROOTS,
    VERTEBRAE,
    Region,
    discs_between,
    is_disc,
    neighbours,
    region,
    sort_levels,
    vertebrae_of,
)
from generation.levels.errors import UnknownLevel
from generation.levels.find import find_levels
from generation.levels.mention import LevelKind, LevelMention

__all__ = [
    "ROOTS",
    "VERTEBRAE",
    "LevelKind",
    "LevelMention",
    "Region",
    "UnknownLevel",
    "discs_between",
    "find_levels",
    "is_disc",
    "neighbours",
    "region",
    "sort_levels",
    "vertebrae_of",
]
