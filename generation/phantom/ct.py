"""CT of a column: Hounsfield units for each tissue, and noise."""

from __future__ import annotations

import numpy as np

from generation.cases import Modality, Plane
from generation.phantom.anatomy import Column
from generation.phantom.pictures import FAT, Picture, Series, depth_in_skin, lookup, soften, stored
from generation.phantom.truth import Part
from generation.phantom.volume import ARCH, CANAL, CORD, CORTEX, DISC, NUCLEUS, Grid, axis, rasterise

_MUSCLE, _FAT, _AIR = 55.0, -95.0, -1000.0
_HU = lookup(
    {CANAL: 18.0, CORD: 38.0},
    {
        (1, 28): 190.0,
        (CORTEX + 1, CORTEX + 28): 520.0,
        (DISC + 1, DISC + 28): 88.0,
        (NUCLEUS + 1, NUCLEUS + 28): 80.0,
        (ARCH + 1, ARCH + 28): 380.0,
    },
    _MUSCLE,
)
_NOISE = 14.0
_SIZE = 256
_STEP = 0.75
"""mm between pixels: the field is 192 mm wide."""
_APART = 3.0
INTERCEPT = -1024.0


def axial(column: Column, part: Part, rng: np.random.Generator) -> Series:
    """Return slices across the whole column, 256 x 256, from the lowest to the highest."""
    heights = [body.frame.middle[2] for body in column.bodies]
    half = _STEP * (_SIZE - 1) / 2
    grid = Grid(
        axis(-half, half, _STEP), axis(18 - half, 18 + half, _STEP), axis(min(heights) - 22, max(heights) + 18, _APART)
    )
    image = _HU[rasterise(column, grid, detailed=True).labels]
    deep = depth_in_skin(part.value, grid.x[None, :], grid.y[:, None])[None]
    image = np.where((deep < FAT[part.value]) & (image == np.float32(_MUSCLE)), np.float32(_FAT), image)
    image = np.where(deep > 0, image, np.float32(_AIR))
    image = soften(image) + rng.standard_normal(image.shape, dtype=np.float32) * np.float32(_NOISE)
    pixels = stored(image - np.float32(INTERCEPT), 12)
    place = (float(grid.x[0]), float(grid.y[0]))
    return Series(
        modality=Modality.CT,
        plane=Plane.AXIAL,
        name="AX BONE",
        pictures=tuple(Picture(pixels[i], (*place, float(z))) for i, z in enumerate(grid.z)),
        spacing=(_STEP, _STEP),
        orientation=(1.0, 0.0, 0.0, 0.0, 1.0, 0.0),
        window=(250.0, 1200.0),
        thickness=_APART,
        intercept=INTERCEPT,
    )
