"""Radiographs of a column: what a ray meets on its way is added up along parallel rays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from generation.cases import Modality, Plane
from generation.phantom.anatomy import Column
from generation.phantom.pictures import SKIN, Picture, Series, lookup, stored
from generation.phantom.truth import Part
from generation.phantom.volume import ARCH, CORTEX, DISC, NUCLEUS, Grid, axis, rasterise

_SOFT = 0.006
"""Attenuation of soft tissue, 1/mm; bone is told by what it has more."""
_MORE = lookup(
    {},
    {
        (1, 28): 0.011,
        (CORTEX + 1, CORTEX + 28): 0.034,
        (DISC + 1, DISC + 28): 0.0012,
        (NUCLEUS + 1, NUCLEUS + 28): 0.0012,
        (ARCH + 1, ARCH + 28): 0.017,
    },
    0.0,
)
_FINER = 2
"""Pixels of a radiograph a side for each voxel it is made from."""
_NOISE = 11.0


def lateral(column: Column, part: Part, rng: np.random.Generator, modality: Modality) -> Series:
    """Return a lateral radiograph: columns run to the back, rows to the feet."""
    step, wide, low, tall, across = _sizes(part)
    grid = Grid(axis(-across, across, 2.5), axis(12 - wide / 2, 12 + wide / 2, step), axis(low, low + tall, step))
    volume = _MORE[rasterise(column, grid, detailed=True).labels]
    half_width, half_depth, back = SKIN[part.value]
    chord = 2 * half_width * np.sqrt(np.clip(1 - ((grid.y - back) / half_depth) ** 2, 0, 1))
    pixels = _exposed(volume.sum(axis=2) * np.float32(2.5), chord.astype(np.float32), rng)
    return _series(modality, Plane.LATERAL, "LATERAL", pixels, step, (0.0, float(grid.y[0]), float(grid.z[-1])))


def frontal(column: Column, part: Part, rng: np.random.Generator, modality: Modality) -> Series:
    """Return an AP radiograph: columns run to the left, rows to the feet."""
    step, wide, low, tall, _ = _sizes(part)
    grid = Grid(axis(-wide / 2, wide / 2, step), axis(-70, 100, 2.5), axis(low, low + tall, step))
    volume = _MORE[rasterise(column, grid, detailed=True).labels]
    half_width, half_depth, _ = SKIN[part.value]
    chord = 2 * half_depth * np.sqrt(np.clip(1 - (grid.x / half_width) ** 2, 0, 1))
    pixels = _exposed(volume.sum(axis=1) * np.float32(2.5), chord.astype(np.float32), rng)
    return _series(modality, Plane.FRONTAL, "AP", pixels, step, (float(grid.x[0]), 0.0, float(grid.z[-1])))


def _sizes(part: Part) -> tuple[float, float, float, float, float]:
    """Voxel, the field's width, its lower end, its height, and half of what a lateral ray passes, mm."""
    return (0.8, 216.0, -205.0, 384.0, 60.0) if part is Part.LUMBAR else (0.5, 150.0, -100.0, 200.0, 30.0)


def _exposed(bone: NDArray[np.float32], chord: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.uint16]:
    """Return stored values: bone bright, air dark, on a finer raster; the rows of `bone` rise to the head."""
    paths = bone[::-1] + np.float32(_SOFT) * chord[None, :]
    rows, columns = paths.shape
    fine = Image.fromarray(paths).resize((columns * _FINER, rows * _FINER), Image.Resampling.BICUBIC)
    image = np.asarray(fine, np.float32)
    noise = rng.standard_normal(image.shape, dtype=np.float32) * np.float32(_NOISE)
    return stored(image * np.float32(3600 / max(float(image.max()), 1e-6)) + noise + np.float32(60), 12)


def _series(
    modality: Modality,
    plane: Plane,
    name: str,
    pixels: NDArray[np.uint16],
    step: float,
    position: tuple[float, float, float],
) -> Series:
    return Series(
        modality=modality,
        plane=plane,
        name=name,
        pictures=(Picture(pixels, position),),
        spacing=(step / _FINER, step / _FINER),
        orientation=(0.0, 1.0, 0.0, 0.0, 0.0, -1.0) if plane is Plane.LATERAL else (1.0, 0.0, 0.0, 0.0, 0.0, -1.0),
        window=(2000.0, 3600.0),
    )
