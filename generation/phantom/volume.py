"""The label volume: which voxel belongs to which vertebra, disc or piece of the canal.

Labels are VerSe's for vertebrae (C1..C7 1-7, T1..T12 8-19, L1..L6 20-25, sacrum 26); a disc is 100 + its upper
vertebra, an arch with its processes 200 + its vertebra, the canal 61 and the cord 60, as common segmenters have them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from generation.phantom.anatomy import Body, Column, Disc, Frame, Protrusion
from generation.phantom.canal import GAP, canal_at

CORD = 60
CANAL = 61
CORTEX = 30
"""Added to a vertebra's label for the rim of its body, in a detailed volume only."""
DISC = 100
NUCLEUS = 150
"""Added for the nucleus of a sound disc, in a detailed volume only."""
ARCH = 200

Axis = NDArray[np.float32]
Labels = NDArray[np.uint8]


def label_of(vertebra: str) -> int:
    """Return VerSe's label of a vertebra; the sacrum is one."""
    start = {"C": 0, "T": 7, "L": 19}.get(vertebra[0])
    return 26 if start is None else start + int(vertebra[1:])


class Grid(NamedTuple):
    """The middles of the voxels along each axis in mm, rising."""

    x: Axis
    y: Axis
    z: Axis

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of a volume on it: z, y, x."""
        return len(self.z), len(self.y), len(self.x)


class LabelVolume(NamedTuple):
    """Labels on a grid."""

    labels: Labels
    """z, y, x; z rises to the head, y to the back, x to the left."""
    grid: Grid


def axis(low: float, high: float, step: float) -> Axis:
    """Return the middles of voxels from `low` to about `high`."""
    return (low + step * np.arange(round((high - low) / step) + 1)).astype(np.float32)


class _Block(NamedTuple):
    """The part of a volume near an element, and the element's own coordinates there."""

    labels: Labels
    u: NDArray[np.float32]
    v: NDArray[np.float32]
    w: NDArray[np.float32]


def _block(volume: LabelVolume, frame: Frame, reach: tuple[float, float, float]) -> _Block | None:
    """The voxels within `reach` (mm, along the frame's own axes) of a frame's middle; None outside the grid."""
    half = np.abs(frame.axes) @ np.array(reach)
    spans = []
    for points, middle, size in zip(volume.grid, frame.middle, half, strict=True):
        first, last = np.searchsorted(points, [middle - size, middle + size])
        if first >= last:
            return None
        spans.append(slice(int(first), int(last)))
    x, y, z = (
        (points[span] - middle).astype(np.float32)
        for points, span, middle in zip(volume.grid, spans, frame.middle, strict=True)
    )
    a = frame.axes.astype(np.float32)
    u, v, w = (a[0, i] * x[None, None, :] + a[1, i] * y[None, :, None] + a[2, i] * z[:, None, None] for i in range(3))
    return _Block(volume.labels[spans[2], spans[1], spans[0]], u, v, w)


def _part(frame: Frame, u: float, v: float, w: float) -> Frame:
    return Frame(frame.point(u, v, w), frame.axes)


def _ellipsoid(volume: LabelVolume, frame: Frame, radii: tuple[float, float, float], label: int, *, over: bool) -> None:
    """Fill an ellipsoid; with `over`, whatever is there is overwritten."""
    block = _block(volume, frame, radii)
    if block is None:
        return
    inside = (block.u / radii[0]) ** 2 + (block.v / radii[1]) ** 2 + (block.w / radii[2]) ** 2 <= 1
    block.labels[inside if over else inside & (block.labels == 0)] = label


def _arch(volume: LabelVolume, body: Body) -> None:
    """Pedicles, laminae, articular, transverse and spinous processes."""
    size, label = body.size, ARCH + label_of(body.name)
    back, high, side = size.depth / 2, size.body, size.canal_width / 2
    behind = back + GAP + size.canal
    for sign in (1, -1):
        pieces = (
            ((side + 3.5, back + size.canal * 0.35, high * 0.18), (4.0, size.canal * 0.62, high * 0.28)),
            ((side + 2.0, behind - 3.0, -high * 0.25), (6.0, 5.0, high * 0.65)),
            ((side * 0.5, behind + 2.0, -high * 0.2), (side * 0.75, 3.5, high * 0.42)),
            ((side + size.width * 0.42, behind - 9.0, high * 0.12), (size.width * 0.42, 4.0, high * 0.2)),
        )
        for place, radii in pieces:
            _ellipsoid(volume, _part(body.frame, sign * place[0], *place[1:]), radii, label, over=False)
    long = size.depth * 0.42
    tip = _part(body.frame, 0, behind + long - 1.0, -high * 0.4)
    _ellipsoid(volume, tip, (3.5, long, high * 0.38), label, over=False)
    for sign in body.fused:
        bridge = _part(body.frame, sign * (size.width * 0.72), back * 0.5, -high * 0.35)
        _ellipsoid(volume, bridge, (size.width * 0.3, 10.0, high * 0.75), label, over=False)


def _sacrum(volume: LabelVolume, body: Body) -> None:
    """What lies below and beside the first sacral body."""
    size = body.size
    frame = body.frame
    for sign in (1, -1):
        wing = _part(frame, sign * size.width * 0.85, 4.0, -size.body * 0.35)
        _ellipsoid(volume, wing, (size.width * 0.5, size.depth * 0.38, size.body * 0.75), 26, over=False)
    for number in (1, 2, 3):
        shrink = 1 - 0.2 * number
        below = _part(frame, 0, 3.0 * number * number, -size.body * 0.95 * number)
        _ellipsoid(
            volume, below, (size.width * 0.5 * shrink, size.depth * 0.45 * shrink, size.body * 0.62), 26, over=False
        )


def _outline(block: _Block, width: float, depth: float) -> NDArray[np.float32]:
    """0 at the axis, 1 at the margin of a body's or disc's cross-section."""
    a, b = (2 * block.u / width) ** 2, (2 * block.v / depth) ** 2
    found: NDArray[np.float32] = a * a + b * b
    return found


def _body(volume: LabelVolume, body: Body, *, detailed: bool) -> None:
    size, label = body.size, label_of(body.name)
    slope = np.float32(np.tan(np.radians(body.wedge / 2)))
    reach = (size.width / 2 + 1, size.depth / 2 + 1, body.height / 2 + size.depth / 2 * float(slope) + 1)
    block = _block(volume, body.frame, reach)
    if block is None:
        return
    half = np.float32(body.height / 2) + block.v * slope
    waist = np.clip(block.w / np.maximum(half, np.float32(0.5)), -1, 1) ** 2
    outline = _outline(block, size.width, size.depth)
    inside = (np.abs(block.w) <= half) & (outline <= (1 - 0.1 * (1 - waist)) ** 4)
    block.labels[inside] = label
    if detailed:
        rim = inside & ((np.abs(block.w) > half - 1.4) | (outline > 0.74))
        block.labels[rim] = CORTEX + label


def _disc(volume: LabelVolume, disc: Disc, *, detailed: bool) -> None:
    size, label = disc.size, DISC + label_of(disc.name.split("/")[0])
    front, side = (np.float32(np.tan(np.radians(angle / 2))) for angle in (disc.lordosis, disc.tilt))
    out = disc.protrusion.depth if disc.protrusion else 0.0
    reach = (size.width / 2, size.depth / 2 + out, disc.height / 2 + size.depth / 2 * abs(float(front)) + 5)
    block = _block(volume, disc.frame, reach)
    if block is None:
        return
    half = np.float32(disc.height / 2 + disc.slack) - block.v * front + block.u * side
    between = np.abs(block.w) <= half
    outline = _outline(block, size.width, size.depth)
    block.labels[between & (outline <= 0.96)] = label
    if disc.protrusion and not disc.protrusion.drop:
        block.labels[between & _behind(block, disc, disc.protrusion)] = label
    if detailed and not disc.degenerated:
        block.labels[between & (outline <= 0.22) & (np.abs(block.w) <= half * 0.6)] = NUCLEUS + label - DISC


def _behind(block: _Block, disc: Disc, protrusion: Protrusion) -> NDArray[np.bool_]:
    """A bulge or protrusion: highest at its middle, falling to the margin at its sides."""
    aside = (2 * block.u / np.float32(disc.size.width)) ** 2
    margin = disc.size.depth / 2 * np.sqrt(np.sqrt(np.maximum(0, 1 - aside * aside)))
    across = np.minimum(1, np.abs(block.u - protrusion.side) / protrusion.half_width)
    rises = protrusion.depth * (1 - across**4)
    found: NDArray[np.bool_] = (block.v > 0) & (block.v <= margin + rises) & (across < 1)
    return found


def _fragment(volume: LabelVolume, disc: Disc) -> None:
    """An extrusion: it hangs below the space of its disc, behind the body."""
    protrusion = disc.protrusion
    if protrusion is None or not protrusion.drop:
        return
    size, tall = disc.size, (disc.height + protrusion.drop) / 2
    middle = _part(disc.frame, protrusion.side, size.depth / 2, -protrusion.drop / 2)
    block = _block(volume, middle, (protrusion.half_width, protrusion.depth, tall))
    if block is None:
        return
    flat = (block.u / protrusion.half_width) ** 2 + (block.w / tall) ** 4
    block.labels[(block.v > -3) & (block.v <= protrusion.depth * np.sqrt(np.maximum(0, 1 - flat)))] = DISC + label_of(
        disc.name.split("/")[0]
    )


def _canal(volume: LabelVolume, column: Column) -> None:
    """The canal, an ellipse at each height, and the cord in its middle."""
    grid = volume.grid
    canal = canal_at(column, grid.z)
    reach = float(canal.half_width.max())
    spans = []
    for points, low, high in (
        (grid.x, canal.middle_x.min() - reach, canal.middle_x.max() + reach),
        (grid.y, canal.front_y.min(), canal.back_y.max()),
    ):
        first, last = np.searchsorted(points, [low, high])
        spans.append(slice(int(first), int(last)))
    labels = volume.labels[:, spans[1], spans[0]]
    half = (canal.back_y - canal.front_y) / 2
    x = (grid.x[spans[0]][None, :] - canal.middle_x[:, None])[:, None, :]
    y = (grid.y[spans[1]][None, :] - ((canal.back_y + canal.front_y) / 2)[:, None])[:, :, None]
    half_y, half_x = half[:, None, None], canal.half_width[:, None, None]
    labels[(x / half_x) ** 2 + (y / half_y) ** 2 <= 1] = CANAL
    thick, wide = (3.0, 4.5) if canal.slender else (3.8, 6.5)
    half_y = np.minimum(np.float32(thick), half_y - np.float32(0.7)).clip(np.float32(0.5))
    inside = ((x / np.float32(wide)) ** 2 + (y / half_y) ** 2 <= 1) & (labels == CANAL)
    labels[inside & canal.has_cord[:, None, None]] = CORD


def rasterise(column: Column, grid: Grid, *, detailed: bool = False) -> LabelVolume:
    """Return the labels of a column on a grid; `detailed` tells rims of bodies and nuclei of discs apart.

    Arches lie under the canal, the canal under discs, discs under bodies.
    """
    volume = LabelVolume(np.zeros(grid.shape, np.uint8), grid)
    for body in column.bodies:
        if body.name == "S1":
            _sacrum(volume, body)
        else:
            _arch(volume, body)
    _canal(volume, column)
    for disc in column.discs:
        _fragment(volume, disc)
        _disc(volume, disc, detailed=detailed)
    for body in column.bodies:
        _body(volume, body, detailed=detailed)
    return volume
