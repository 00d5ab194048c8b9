"""The order of the vertebrae and what follows from it: discs, neighbours, regions.

Standard anatomy has C1..C7, T1..T12, L1..L5, S1..S5. T13 and L6 (transitional anatomy) exist where a text names
them, and are never implied by a range or by a neighbour.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache

from generation.levels.errors import UnknownLevel


class Region(StrEnum):
    """A region of the spine; a disc belongs to the region of its upper vertebra."""

    CERVICAL = "cervical"
    """C1 to C7, with the root C8."""
    THORACIC = "thoracic"
    """T1 to T12 (T13)."""
    LUMBAR = "lumbar"
    """L1 to L5 (L6)."""
    SACRAL = "sacral"
    """S1 to S5."""


_COUNTS = {"C": 7, "T": 13, "L": 6, "S": 5}
_REGIONS = {"C": Region.CERVICAL, "T": Region.THORACIC, "L": Region.LUMBAR, "S": Region.SACRAL}
VERTEBRAE: tuple[str, ...] = tuple(f"{letter}{n}" for letter, count in _COUNTS.items() for n in range(1, count + 1))
"""From head to tail, T13 and L6 included."""
TRANSITIONAL = frozenset({"T13", "L6"})
"""Only there where a text names them."""
_EIGHTH = VERTEBRAE.index("C7") + 1
ROOTS: tuple[str, ...] = (*VERTEBRAE[:_EIGHTH], "C8", *VERTEBRAE[_EIGHTH:])
"""Nerve roots from head to tail: the vertebrae's names and C8."""
_ORDER = {name: index for index, name in enumerate(ROOTS)}


def _chain(*named: str) -> tuple[str, ...]:
    """The column from head to tail that holds the standard vertebrae and the named ones."""
    return tuple(name for name in VERTEBRAE if name not in TRANSITIONAL or name in named)


@lru_cache(maxsize=256)
def vertebrae_of(level: str) -> tuple[str, ...]:
    """`L4/L5` gives `("L4", "L5")`, `L4` gives `("L4",)`; raises UnknownLevel for anything else (`L4/S1`, `L5/L4`).

    >>> vertebrae_of("L5/S1")
    ('L5', 'S1')
    """
    parts = tuple(level.split("/"))
    if len(parts) > 2 or any(part not in _ORDER for part in parts):
        raise UnknownLevel(level)
    if len(parts) == 2 and discs_between(*parts) != (level,):
        raise UnknownLevel(level)
    return parts


def is_disc(level: str) -> bool:
    """True for `L4/L5`, False for `L4`; raises UnknownLevel for what is neither."""
    return len(vertebrae_of(level)) == 2


def discs_between(upper: str, lower: str, through: Iterable[str] = ()) -> tuple[str, ...]:
    """The discs from one vertebra to another, from head to tail; empty when `lower` is not below `upper`.

    T13 and L6 are passed only when they are an end or named in `through`.

    >>> discs_between("L3", "S1")
    ('L3/L4', 'L4/L5', 'L5/S1')
    """
    return _discs((upper, lower, *through))


@lru_cache(maxsize=4096)
def _discs(named: tuple[str, ...]) -> tuple[str, ...]:
    upper, lower = named[:2]
    for name in named:
        if name not in VERTEBRAE:
            raise UnknownLevel(name)
    column = _chain(*named)
    first, last = column.index(upper), column.index(lower)
    return tuple(f"{a}/{b}" for a, b in zip(column[first:last], column[first + 1 : last + 1], strict=True))


@lru_cache(maxsize=256)
def neighbours(level: str) -> tuple[str, ...]:
    """The levels of the same kind next to `level`, head first.

    Discs have disc neighbours only: none below L5/S1, none above C2/C3 (C1/C2 is a joint without a disc).
    S1 has L5 alone (the sacrum is one bone); C8, a root without a vertebra, has none.

    >>> neighbours("L4/L5"), neighbours("L5/S1"), neighbours("L4")
    (('L3/L4', 'L5/S1'), ('L4/L5',), ('L3', 'L5'))
    """
    named = vertebrae_of(level)
    if "C8" in named:
        return ()
    column = _chain(*named)
    first, last = column.index(named[0]), column.index(named[-1])
    if len(named) == 1:
        around = (column[first - 1 : first] if first else ()) + column[last + 1 : last + 2]
        return tuple(name for name in around if level != "S1" or not name.startswith("S"))
    above = () if level in ("C1/C2", "C2/C3") else (f"{column[first - 1]}/{named[0]}",)
    below = () if named[-1].startswith("S") or last + 1 >= len(column) else (f"{named[-1]}/{column[last + 1]}",)
    return above + below


def sort_levels(levels: Iterable[str]) -> tuple[str, ...]:
    """Distinct levels from head to tail; a vertebra before the disc below it."""
    return tuple(sorted(set(levels), key=lambda level: tuple(_ORDER[name] for name in vertebrae_of(level))))


@lru_cache(maxsize=256)
def region(level: str) -> Region:
    """The region of a vertebra, a root, or a disc's upper vertebra."""
    return _REGIONS[vertebrae_of(level)[0][0]]


def roots_between(upper: str, lower: str) -> tuple[str, ...]:
    """Nerve roots from one to another, both included, C8 counted and T13 and L6 only where named."""
    column = tuple(name for name in ROOTS if name not in TRANSITIONAL or name in (upper, lower))
    first, last = sorted((column.index(upper), column.index(lower)))
    return column[first : last + 1]


def position(name: str) -> int:
    """Rank of a vertebra or root from the head; for comparing only."""
    return _ORDER[name]


@lru_cache(maxsize=2048)
def adjacent(first: str, second: str) -> bool:
    """True when the two vertebrae (in either order) share a motion segment."""
    if first not in VERTEBRAE or second not in VERTEBRAE:
        return False
    upper, lower = sorted((first, second), key=position)
    return len(discs_between(upper, lower)) == 1


def implied(previous: str, number: int) -> str | None:
    """The vertebra that a bare number after `previous` means: `L4/5` is L5, `L5/1` is S1, `T12/1` is L1.

    None where no reading is certain: a smaller number within a region (`L4-2`), or no such vertebra.
    """
    letter, last = previous[0], int(previous[1:])
    if number > last:
        name = f"{letter}{number}"
        return name if name in _ORDER else None
    follows = {"C7": "T1", "T12": "L1", "T13": "L1", "L5": "S1", "L6": "S1"}
    return follows.get(previous) if number == 1 else None
