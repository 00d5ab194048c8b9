"""The spinal canal of a column: where its walls are at each height, and the cord inside it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from generation.levels import vertebrae_of
from generation.phantom.anatomy import Body, Column, Disc, Vector

GAP = 1.0
"""mm between the back of a body and the canal."""
_FLAT = 0.35
"""A stenosis keeps its narrowest diameter over so much of the disc's height, above and below its middle."""
_ON = 90.0
"""mm by which it is known past the column."""
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
    heights = (-_FLAT * disc.height, _FLAT * disc.height)
    return [_Walls(disc.frame.point(0, front, w), disc.frame.point(0, back, w), half) for w in heights]


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
    walls = [wall for body in column.bodies for wall in _at_body(body, beside)]
    walls += [wall for disc in column.discs for wall in _at_disc(disc)]
    walls += [_beyond(column.bodies[0], -_ON), _beyond(column.bodies[-1], _ON)]
    front, back = (np.array([wall[side] for wall in walls]) for side in (0, 1))
    half = np.array([wall.half_width for wall in walls])
    conus = next((d.frame.middle[2] for d in column.discs if d.name == _CONUS), -np.inf)
    return Canal(
        middle_x=_over(heights, front[:, 2], front[:, 0]),
        front_y=_over(heights, front[:, 2], front[:, 1]),
        back_y=_over(heights, back[:, 2], back[:, 1]),
        half_width=_over(heights, front[:, 2], half),
        has_cord=heights > conus,
        slender=any(body.name.startswith("L") for body in column.bodies),
    )


def _over(heights: NDArray[np.float32], known: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float32]:
    order = np.argsort(known, kind="stable")
    return np.interp(heights, known[order], values[order]).astype(np.float32)
