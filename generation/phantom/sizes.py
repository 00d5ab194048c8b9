"""Sizes of a sound column in mm and degrees: round numbers near the published means, one set a region."""

from __future__ import annotations

from typing import NamedTuple

from generation.levels import Region, region


class Size(NamedTuple):
    """Sizes of the vertebrae of a region, and of the discs whose upper vertebra is one of them."""

    body: float
    """Height of a body."""
    width: float
    """Of a body, side to side."""
    depth: float
    """Of a body, front to back."""
    disc: float
    """Height of a disc."""
    canal: float
    """Mid-sagittal diameter of the canal."""
    canal_width: float
    """Transverse diameter of the canal."""


SIZES = {
    Region.CERVICAL: Size(13.5, 20.0, 17.0, 6.0, 16.5, 22.0),
    Region.THORACIC: Size(23.0, 33.0, 28.0, 6.5, 16.0, 18.0),
    Region.LUMBAR: Size(27.0, 44.0, 34.0, 10.5, 18.0, 23.0),
    Region.SACRAL: Size(27.0, 46.0, 34.0, 5.0, 16.0, 26.0),
}
"""The region's own; the first thoracic vertebrae of a cervical study are as slender as its last cervical one."""
_SLENDER = Size(15.0, 22.0, 18.0, 6.0, 16.5, 22.0)
_WEDGES = {
    "L5/S1": 14.0,
    "L6/S1": 14.0,
    "L5/L6": 9.0,
    "L4/L5": 11.0,
    "L3/L4": 8.0,
    "L2/L3": 6.0,
    "L1/L2": 4.0,
    "T12/L1": 1.0,
}
_REST = {Region.CERVICAL: 3.0, Region.THORACIC: -2.5, Region.LUMBAR: 5.0, Region.SACRAL: 0.0}
SLOPES = {"S1": 38.0, "T2": 24.0}
"""How far the upper end plate of the lowest vertebra leans forward, in degrees."""


def size_of(vertebra: str) -> Size:
    """Return the sizes of a vertebra and of the disc below it."""
    if vertebra in ("T1", "T2"):
        return _SLENDER
    size = SIZES[region(vertebra)]
    if region(vertebra) is not Region.THORACIC:
        return size
    lower = max(0, int(vertebra[1:]) - 8)
    return size._replace(depth=size.depth + 1.2 * lower, width=size.width + 1.8 * lower)


def wedge_of(disc: str) -> float:
    """Return by how many degrees a sound disc opens to the front."""
    return _WEDGES.get(disc, _REST[region(disc)] if disc != "T1/T2" else 2.0)
