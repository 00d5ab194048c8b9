"""The spinal canal of a column: where its walls are at each height, and the cord inside it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from generation.levels import vertebrae_of
from generation.phantom.anatomy import Body, Column, Disc, Vector

GAP = 1.0
"""mm between the back of a body and the canal."""
_ON = 90.0
"""mm by which it is known past the column."""
_APART = 0.3
"""mm between two heights at which it is known, at least."""
_CONUS = "L1/L2"
"""The cord ends here."""


class _Walls(NamedTuple):
    """One height at which the canal is known."""

    front: Vector
    back: Vector
    half_width: float


class Canal(NamedTuple):
    """The canal at given heights; all arrays are as long as those."""

    middle_x: NDArray[np.float32]
    front_y: NDArray[np.float32]
    back_y: NDArray[np.float32]
    half_width: NDArray[np.float32]
    has_cord: NDArray[np.bool_]
    slender: bool
    """True below the neck, where the cord is thinner."""


def _back_of(disc: Disc) -> float:
    """How far behind a disc's middle the canal ends, mm."""
    central = disc.protrusion.depth if disc.protrusion and disc.protrusion.side == 0 else 0.0
    return disc.size.depth / 2 + max(GAP, central) + disc.canal


def _at_disc(disc: Disc) -> list[_Walls]:
    front, back = disc.size.depth / 2 + GAP, _back_of(disc)
    half = disc.size.canal_width / 2 * min(1.0, 0.55 + 0.45 * disc.canal / disc.size.canal)
    return [_Walls(disc.frame.point(0, front, w), disc.frame.point(0, back, w), half) for w in _flat(disc, back)]


def _flat(disc: Disc, back: float) -> tuple[float, float]:
    """Between which heights a disc's part of the canal goes: half of what its neighbours leave, which lean together."""
    lean = float(np.tan(np.radians(disc.lordosis / 2)))
    tall = max(0.3, min(0.35 * disc.height, 0.5 * (disc.height / 2 - back * lean)))
    return -tall, tall


def _at_body(body: Body, discs: dict[str, list[Disc]]) -> list[_Walls]:
    """At both end plates: half as narrow as at the disc next to them."""
    size = body.size
    sound = size.depth / 2 + GAP + size.canal
    walls = []
    for sign in (-1, 1):
        near = [d for d in discs[body.name] if vertebrae_of(d.name)[0 if sign < 0 else 1] == body.name]
        narrowest = min([sound, *(_back_of(disc) for disc in near)])
        tall = sign * (body.height / 2 + size.depth / 2 * float(np.tan(np.radians(body.wedge / 2))))
        front, back = size.depth / 2 + GAP, (sound + narrowest) / 2
        walls.append(_Walls(body.frame.point(0, front, tall), body.frame.point(0, back, tall), size.canal_width / 2))
    return walls


def _beyond(body: Body, height: float) -> _Walls:
    """The canal past the last vertebra at either end."""
    size, front = body.size, body.size.depth / 2 + GAP
    back = front + size.canal
    return _Walls(body.frame.point(0, front, height), body.frame.point(0, back, height), size.canal_width / 2)


def canal_at(column: Column, heights: NDArray[np.float32]) -> Canal:
    """Return the canal of a column at given z (mm); beyond its ends it goes on as it ends."""
    beside: dict[str, list[Disc]] = {body.name: [] for body in column.bodies}
    for disc in column.discs:
        for name in vertebrae_of(disc.name):
            beside[name].append(disc)
    chain = [_beyond(column.bodies[0], -_ON)]
    for index, body in enumerate(column.bodies):
        chain += _at_body(body, beside)
        chain += _at_disc(column.discs[index]) if index < len(column.discs) else [_beyond(body, _ON)]
    front, back = (_rising(np.array([wall[side] for wall in chain])) for side in (0, 1))
    half = np.array([wall.half_width for wall in chain])
    conus = next((d.frame.middle[2] for d in column.discs if d.name == _CONUS), -np.inf)
    return Canal(
        middle_x=_over(heights, front[:, 2], front[:, 0]),
        front_y=_over(heights, front[:, 2], front[:, 1]),
        back_y=_over(heights, back[:, 2], back[:, 1]),
        half_width=_over(heights, front[:, 2], half),
        has_cord=heights > conus,
        slender=any(body.name.startswith("L") for body in column.bodies),
    )


def _rising(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points of one wall from the lowest on, those of end plates put beyond the ends of the disc next to them.

    Where a disc opens to the front, its neighbours' end plates come closer to each other behind it than the canal's
    narrowest piece is tall; the disc's own points (from the fourth, two of every four) stay where they are.
    """
    moved = points.copy()
    for disc in range(3, len(points) - 2, 4):
        moved[disc - 1, 2] = min(moved[disc - 1, 2], moved[disc, 2] - _APART)
        moved[disc + 2, 2] = max(moved[disc + 2, 2], moved[disc + 1, 2] + _APART)
    return moved


def _over(heights: NDArray[np.float32], known: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float32]:
    order = np.argsort(known, kind="stable")
    return np.interp(heights, known[order], values[order]).astype(np.float32)
