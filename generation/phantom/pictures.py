"""Pictures of a column: planes of stored values with their place in space, as a scanner would give them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from generation.cases import Modality, Plane

Pixels = NDArray[np.uint16]
Lookup = NDArray[np.float32]


class Picture(NamedTuple):
    """One slice or projection."""

    pixels: Pixels
    """Rows, columns; stored values."""
    position: tuple[float, float, float]
    """Of the middle of the first pixel, DICOM patient coordinates (mm)."""


class Series(NamedTuple):
    """The pictures of one series, in the order of their place in space."""

    modality: Modality
    plane: Plane
    name: str
    """What a technician would call it."""
    pictures: tuple[Picture, ...]
    spacing: tuple[float, float]
    """mm between rows, between columns."""
    orientation: tuple[float, float, float, float, float, float]
    """Along a row, along a column; of a projection: the plane of the detector."""
    window: tuple[float, float]
    """Centre and width, in values after slope and intercept."""
    thickness: float = 0.0
    """mm; 0 of a projection."""
    intercept: float = 0.0
    """Added to stored values (CT: HU)."""


SKIN = {"lumbar": (165.0, 128.0, -26.0), "cervical": (66.0, 70.0, -6.0)}
"""Half width and half depth of the body, and how far its middle lies behind the column's (mm)."""
FAT = {"lumbar": 15.0, "cervical": 6.0}
"""mm of it under the skin."""


def lookup(values: dict[int, float], ranges: dict[tuple[int, int], float], rest: float) -> Lookup:
    """Return a value for each label: `rest`, then those of ranges (both ends included), then single ones."""
    table = np.full(256, rest, np.float32)
    for (first, last), value in ranges.items():
        table[first : last + 1] = value
    for label, value in values.items():
        table[label] = value
    return table


def depth_in_skin(part: str, x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float32]:
    """How far inside the skin a point is, roughly in mm; negative outside. The outline is an ellipse at each height."""
    wide, deep, back = SKIN[part]
    away = np.sqrt((x / np.float32(wide)) ** 2 + ((y - np.float32(back)) / np.float32(deep)) ** 2)
    inside: NDArray[np.float32] = (1 - away) * np.float32(min(wide, deep))
    return inside


def soften(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Blur the last two axes by a small kernel (1 2 1), as the point spread of a scanner does."""
    for along in (-1, -2):
        image = (2 * image + np.roll(image, 1, along) + np.roll(image, -1, along)) / np.float32(4)
    return image


def stored(image: NDArray[np.float32], bits: int) -> Pixels:
    """Return values as unsigned integers of so many bits."""
    return np.clip(np.rint(image), 0, 2**bits - 1).astype(np.uint16)
