"""A reader of label volumes: measures bodies, discs and canal from voxels alone, and names what it finds.

It knows nothing of how a phantom is made: its input is an array with the place of its voxels, and the definitions of
the grades are written here once more (Meyerding's quarters, Genant's 20, 25 and 40 %, Cobb's angle).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

NAMES = (
    {i: f"C{i}" for i in range(1, 8)}
    | {i + 7: f"T{i}" for i in range(1, 13)}
    | {i + 19: f"L{i}" for i in range(1, 7)}
    | {26: "S1"}
)


class Found(NamedTuple):
    finding: str
    level: str
    side: str | None
    grade: str | None


class Plane(NamedTuple):
    """z = a x + b y + c."""

    a: float
    b: float
    c: float

    def at(self, x: float, y: float) -> float:
        return self.a * x + self.b * y + self.c


@dataclass
class Points:
    """The voxels of one label, mm."""

    x: np.ndarray
    y: np.ndarray
    z: np.ndarray


@dataclass
class ReadBody:
    name: str
    points: Points
    step: float
    above: Points | None = None
    """The disc above it; of the sacrum alone, whose end plate has wings beside it and more bone behind it."""
    flat_x: float = 0.0

    def plane(self, sign: int) -> Plane:
        """The end plate above (1) or below (-1): a plane through the outermost voxels of each column."""
        p = self.points
        column = np.stack([p.x, p.y], axis=1).round(3)
        order = np.lexsort((sign * p.z, column[:, 1], column[:, 0]))
        column, z = column[order], p.z[order]
        last = np.append(np.any(column[1:] != column[:-1], axis=1), True)
        x, y, z = column[last, 0], column[last, 1], z[last] + sign * self.step / 2
        near = self._under(x, y, z) if self.above is not None else self._inner(x, y)
        for most in (1.5, 1.0, 0.6, 0.6, 0.6, 0.6):
            a, b, c = np.linalg.lstsq(np.stack([x[near], y[near], np.ones(near.sum())], axis=1), z[near], rcond=None)[0]
            near = np.abs(a * x + b * y + c - z) < most
        self.flat_x = float(x[near].mean())
        return Plane(float(a), float(b), float(c))

    def _inner(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        p = self.points
        aside, ahead = np.abs(x - p.x.mean()), np.abs(y - p.y.mean())
        return (aside < np.ptp(p.x) * 0.3) & (ahead < np.ptp(p.y) * 0.2)

    def _under(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Columns that end right under a voxel of the disc above."""
        disc = self.above
        assert disc is not None
        heights, over = (np.rint((value - disc.z[0]) / self.step) for value in (disc.z, z + self.step / 2))
        there = set(zip(disc.x.round(3), disc.y.round(3), heights, strict=True))
        return np.array([place in there for place in zip(x, y, over, strict=True)])

    @cached_property
    def middle_x(self) -> float:
        """Of the body; the sacrum's wings may be cut off, so its middle is that of its end plate."""
        if self.above is None:
            return float(self.points.x.mean())
        return self.top and self.flat_x

    @cached_property
    def top(self) -> Plane:
        return self.plane(1)

    @cached_property
    def bottom(self) -> Plane:
        return self.plane(-1)

    def edges(self, plane: Plane, angle: float, *, at_x: float | None = None) -> tuple[float, float] | None:
        """Front and back margin of the body near one of its end plates, along a direction `angle` in the midline."""
        p = self.points
        x = self.middle_x if at_x is None else at_x
        near = (np.abs(p.x - x) < 1.0) & (np.abs(plane.at(p.x, p.y) - p.z) * np.cos(np.arctan(plane.b)) < 2.5)
        if near.sum() < 4:
            return None
        along = p.y[near] * np.cos(angle) + p.z[near] * np.sin(angle)
        return float(along.min() - self.step / 2), float(along.max() + self.step / 2)

    def middle(self, plane: Plane) -> np.ndarray:
        """The middle of an end plate."""
        angle = float(np.arctan(plane.b))
        front, back = self.edges(plane, angle) or (0.0, 0.0)
        x, along = self.middle_x, (front + back) / 2
        # along = y cos + (a x + b y + c) sin, solved for y
        y = (along - (plane.a * x + plane.c) * np.sin(angle)) / (np.cos(angle) + plane.b * np.sin(angle))
        return np.array([x, y, plane.at(x, y)])

    @property
    def depth(self) -> float:
        front, back = self.edges(self.top, float(np.arctan(self.top.b))) or (0.0, 0.0)
        return back - front

    @property
    def width(self) -> float:
        return float(np.ptp(self.points.x))

    def loss(self) -> float:
        """Percent by which the front is lower than the back."""
        angle = np.arctan((self.top.b + self.bottom.b) / 2)
        middle, half = (self.middle(self.top) + self.middle(self.bottom)) / 2, self.depth / 2
        heights = []
        for sign in (-1, 1):
            y = middle[1] + sign * half * np.cos(angle)
            heights.append(self.top.at(middle[0], y) - self.bottom.at(middle[0], y))
        return 100 * (1 - heights[0] / heights[1])


class LabelReader:
    """Reads one volume."""

    def __init__(self, labels: np.ndarray, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> None:
        self.labels, self.axes = labels, (x.astype(float), y.astype(float), z.astype(float))
        self.step = float(y[1] - y[0])
        there = [int(label) for label in np.unique(labels) if int(label) in NAMES]
        self.bodies = [ReadBody(NAMES[label], self.points(label), self.step) for label in there]
        self.codes = there
        if self.bodies[-1].name == "S1":
            self.bodies[-1].above = self.points(100 + there[-2])

    @cached_property
    def _sorted(self) -> tuple[np.ndarray, np.ndarray]:
        """The places of all labelled voxels in the order of their labels, and those labels."""
        places = np.flatnonzero(self.labels)
        order = np.argsort(self.labels.ravel()[places], kind="stable")
        return places[order], self.labels.ravel()[places[order]]

    def points(self, label: int) -> Points:
        places, labels = self._sorted
        first, last = np.searchsorted(labels, [label, label + 1])
        z, y, x = np.unravel_index(places[first:last], self.labels.shape)
        return Points(self.axes[0][x], self.axes[1][y], self.axes[2][z])

    def pairs(self) -> list[tuple[int, ReadBody, ReadBody]]:
        return list(zip(self.codes, self.bodies, self.bodies[1:], strict=False))

    # Discs

    def height(self, upper: ReadBody, lower: ReadBody) -> float:
        return float(np.linalg.norm(self.between(upper, lower)[1]))

    def between(self, upper: ReadBody, lower: ReadBody) -> tuple[np.ndarray, np.ndarray]:
        """The middle of a disc space, and what leads from its floor to its roof at right angles."""
        above, below = upper.middle(upper.bottom), lower.middle(lower.top)
        middle = (above + below) / 2
        gap = upper.bottom.at(middle[0], middle[1]) - lower.top.at(middle[0], middle[1])
        a, b = (upper.bottom.a + lower.top.a) / 2, (upper.bottom.b + lower.top.b) / 2
        normal = np.array([-a, -b, 1]) / np.sqrt(1 + a * a + b * b)
        return middle, normal * gap * normal[2]

    def slip(self, upper: ReadBody, lower: ReadBody) -> float:
        """Percent of the lower end plate; forward is positive."""
        angle = float(np.arctan((upper.bottom.b + lower.top.b) / 2))
        above, below = upper.edges(upper.bottom, angle), lower.edges(lower.top, angle)
        assert above is not None
        assert below is not None
        return 100 * (below[1] - above[1]) / lower.depth

    def canal(self, upper: ReadBody, lower: ReadBody) -> float:
        """The canal's diameter in the midline, along the disc, mm."""
        middle, _ = self.between(upper, lower)
        angle = float(np.arctan((upper.bottom.b + lower.top.b) / 2))
        along = np.arange(0, 70, 0.1)
        y, z = middle[1] + along * np.cos(angle), middle[2] + along * np.sin(angle)
        places = [
            np.abs(axis[:, None] - np.broadcast_to(value, along.shape)[None, :]).argmin(axis=0)
            for axis, value in zip(self.axes, (middle[0], y, z), strict=True)
        ]
        return 0.1 * float(np.isin(self.labels[places[2], places[1], places[0]], (60, 61)).sum())

    def behind(self, code: int, upper: ReadBody, lower: ReadBody) -> Found | None:
        """What of a disc lies behind the margins of its neighbours."""
        p = self.points(100 + code)
        angle = float(np.arctan((upper.bottom.b + lower.top.b) / 2))
        along, up = p.y * np.cos(angle) + p.z * np.sin(angle), p.z * np.cos(angle) - p.y * np.sin(angle)
        xs, out, tall = [], [], []
        middle = self.between(upper, lower)[0]
        for x in np.unique(p.x):
            if abs(x - middle[0]) > upper.width * 0.38:
                continue
            edges = [upper.edges(upper.bottom, angle, at_x=x), lower.edges(lower.top, angle, at_x=x)]
            if None in edges:
                continue
            margin = sum(edge[1] for edge in edges if edge) / 2
            here = p.x == x
            beyond = here & (along > margin + 0.8)
            xs.append(float(x))
            out.append(float(along[here].max() + self.step / 2 - margin))
            tall.append(float(np.ptp(up[beyond])) if beyond.any() else 0.0)
        deep = max(out)
        if deep < 1.6:
            return None
        high = [x for x, depth in zip(xs, out, strict=True) if depth > deep / 2]
        level = f"{upper.name}/{lower.name}"
        if max(high) - min(high) > upper.width / 2:
            return Found("disc_bulge", level, None, None)
        off = (max(high) + min(high)) / 2 - middle[0]
        side = "central" if abs(off) < 2 else "left" if off > 0 else "right"
        gap = upper.bottom.at(p.x.mean(), p.y.max()) - lower.top.at(p.x.mean(), p.y.max())
        kind = "disc_extrusion" if max(tall) > gap + 2.5 else "disc_protrusion"
        return Found(kind, level, side, None)

    # What it comes to

    def findings(self) -> set[Found]:
        found = self.fractures() | self.curve() | self.transition()
        heights = {code: self.height(upper, lower) for code, upper, lower in self.pairs()}
        for code, upper, lower in self.pairs():
            level = f"{upper.name}/{lower.name}"
            tallest = max(height for other, height in heights.items() if NAMES[other][0] == upper.name[0])
            lost = 100 * (1 - heights[code] / tallest)
            if grade := _grade(lost, ((22, "mild"), (42, "moderate"), (61, "severe"))):
                found.add(Found("disc_height_loss", level, None, f"severity:{grade}"))
            slip = self.slip(upper, lower)
            if grade := _grade(abs(slip), ((8, "I"), (25, "II"), (50, "III"))):
                name = "spondylolisthesis" if slip > 0 else "retrolisthesis"
                found.add(Found(name, level, None, f"meyerding:{grade}"))
            width = self.canal(upper, lower)
            if width < 12.7:
                grade = "severe" if width < 7 else "moderate" if width < 10 else "mild"
                found.add(Found("central_canal_stenosis", level, None, f"severity:{grade}"))
            if behind := self.behind(code, upper, lower):
                found.add(behind)
        return found

    def fractures(self) -> set[Found]:
        graded = {b.name: _grade(b.loss(), ((20, "1"), (25, "2"), (40, "3"))) for b in self.bodies if b.name != "S1"}
        return {Found("compression_fracture", name, None, f"genant:{g}") for name, g in graded.items() if g}

    def curve(self) -> set[Found]:
        """Cobb's angle: the largest between an upper and a lower end plate in the coronal plane."""
        tops = [np.degrees(np.arctan(body.top.a)) for body in self.bodies]
        floors = [np.degrees(np.arctan(body.bottom.a)) for body in self.bodies[:-1]]
        angles = {(i, j): tops[i] - floors[j] for i in range(len(tops)) for j in range(i + 1, len(floors))}
        (upper, lower), angle = max(angles.items(), key=lambda one: abs(one[1]))
        if abs(angle) < 10:
            return set()
        middles = [body.middle(body.top) for body in self.bodies]
        chord = [
            np.interp(m[2], [middles[lower][2], middles[upper][2]], [middles[lower][0], middles[upper][0]])
            for m in middles
        ]
        away = [float(m[0] - x) for m, x in zip(middles, chord, strict=True)]
        apex = max(range(upper, lower + 1), key=lambda i: abs(away[i]))
        side = "left" if away[apex] > 0 else "right"
        return {Found("scoliosis", self.bodies[apex].name, side, f"cobb:{abs(angle):.0f}")}

    def transition(self) -> set[Found]:
        if 25 in self.codes:
            return {Found("transitional_vertebra", "L6", None, None)}
        if 24 not in self.codes:
            return set()
        arch, sacrum = self.labels == 224, self.labels == 26
        touching = np.zeros_like(arch)
        for axis in range(3):
            for way in (1, -1):
                touching |= arch & np.roll(sacrum, way, axis)
        x = self.axes[0][np.nonzero(touching)[2]] - self.bodies[-1].middle_x
        sides = [name for name, there in (("left", (x > 22).sum()), ("right", (x < -22).sum())) if there > 50]
        if not sides:
            return set()
        side, grade = (sides[0], "IIIa") if len(sides) == 1 else ("bilateral", "IIIb")
        return {Found("transitional_vertebra", "L5", side, f"castellvi:{grade}")}


def _grade(value: float, limits: tuple[tuple[float, str], ...]) -> str | None:
    reached = [name for limit, name in limits if value >= limit]
    return reached[-1] if reached else None
