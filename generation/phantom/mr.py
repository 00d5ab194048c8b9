"""MR of a column: T2 values for each tissue, a coil's falling sensitivity, noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from generation.cases import Modality, Plane
from generation.phantom.anatomy import Column
from generation.phantom.pictures import FAT, Picture, Series, depth_in_skin, lookup, soften, stored
from generation.phantom.truth import Part
from generation.phantom.volume import ARCH, CANAL, CORD, CORTEX, DISC, NUCLEUS, Axis, Grid, axis, rasterise

_MUSCLE = 210.0
_T2 = lookup(
    {CANAL: 980.0, CORD: 470.0},
    {
        (1, 28): 400.0,
        (CORTEX + 1, CORTEX + 28): 150.0,
        (DISC + 1, DISC + 28): 170.0,
        (NUCLEUS + 1, NUCLEUS + 28): 620.0,
        (ARCH + 1, ARCH + 28): 330.0,
    },
    _MUSCLE,
)
_FAT_SIGNAL = 760.0
_NOISE = 16.0
_SIZE = 320
"""Pixels a side of a sagittal slice."""
_AXIAL = 256
"""Pixels a side of an axial slice."""
_BESIDE = (-4.0, 0.0, 4.0)
"""mm from a disc's middle at which an axial slice lies."""


def _signal(column: Column, part: Part, grid: Grid, rng: np.random.Generator) -> NDArray[np.float32]:
    """T2 values on a grid, before noise: z, y, x."""
    image = _T2[rasterise(column, grid, detailed=True).labels]
    deep = depth_in_skin(part.value, grid.x[None, :], grid.y[:, None])[None]
    image = np.where((deep < FAT[part.value]) & (image == np.float32(_MUSCLE)), np.float32(_FAT_SIGNAL), image)
    coil = np.clip(np.float32(0.85) + grid.y / np.float32(400), 0.45, 1.15).astype(np.float32)
    noise = rng.standard_normal(image.shape, dtype=np.float32) * np.float32(_NOISE)
    seen: NDArray[np.float32] = np.where(deep > 0, image * coil[None, :, None], np.float32(12.0)) + noise
    return seen


def sagittal(column: Column, part: Part, rng: np.random.Generator, slices: int = 15) -> Series:
    """Return T2 slices from right to left, 320 x 320."""
    lumbar = part is Part.LUMBAR
    step, apart = (1.1, 4.0) if lumbar else (0.75, 3.0)
    half = step * (_SIZE - 1) / 2
    back, low = (-30.0, -16.0) if lumbar else (-6.0, 0.0)
    xs = axis(-apart * (slices - 1) / 2, apart * (slices - 1) / 2, apart)
    grid = Grid(xs, axis(back - half, back + half, step), axis(low - half, low + half, step))
    image = soften(_signal(column, part, grid, rng).transpose(2, 0, 1)[:, ::-1, :])
    pixels = stored(image, 12)
    place = (float(grid.y[0]), float(grid.z[-1]))
    return Series(
        modality=Modality.MR,
        plane=Plane.SAGITTAL,
        name="SAG T2 TSE",
        pictures=tuple(Picture(pixels[i], (float(x), *place)) for i, x in enumerate(xs)),
        spacing=(step, step),
        orientation=(0.0, 1.0, 0.0, 0.0, 0.0, -1.0),
        window=(490.0, 980.0),
        thickness=apart,
    )


def axial(column: Column, part: Part, rng: np.random.Generator, discs: tuple[str, ...]) -> Series:
    """Return three T2 slices through each of the named discs, 256 x 256, from the lowest to the highest."""
    step = 0.7 if part is Part.LUMBAR else 0.55
    middles = [disc.frame.middle for disc in column.discs if disc.name in discs]
    heights: Axis = np.sort(np.array([m[2] + away for m in middles for away in _BESIDE], np.float32))
    half = step * (_AXIAL - 1) / 2
    x, y = float(np.mean([m[0] for m in middles])), float(np.mean([m[1] for m in middles])) + 14
    grid = Grid(axis(x - half, x + half, step), axis(y - half, y + half, step), heights)
    pixels = stored(soften(_signal(column, part, grid, rng)), 12)
    place = (float(grid.x[0]), float(grid.y[0]))
    return Series(
        modality=Modality.MR,
        plane=Plane.AXIAL,
        name="AX T2 TSE",
        pictures=tuple(Picture(pixels[i], (*place, float(z))) for i, z in enumerate(heights)),
        spacing=(step, step),
        orientation=(1.0, 0.0, 0.0, 0.0, 1.0, 0.0),
        window=(490.0, 980.0),
        thickness=4.0,
    )
