"""A parametric column in mm: where each body, disc and piece of the canal lies, given the truth.

Patient coordinates as DICOM has them, but with z up: x to the left, y to the back, z to the head. The column is built
from its lowest end plate upwards, each element tilting what stands on it by half its wedge below and half above.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from generation.levels import discs_between
from generation.phantom.sizes import SLOPES, Size, size_of, wedge_of
from generation.phantom.truth import Truth

Vector = NDArray[np.float64]


class Frame(NamedTuple):
    """Where something lies: its middle, and its own axes to the left, to the back and to the head."""

    middle: Vector
    axes: NDArray[np.float64]
    """3 x 3; the columns are left (u), back (v) and up (w)."""

    def point(self, u: float, v: float, w: float) -> Vector:
        """Return the patient coordinates of a point of the frame."""
        place: Vector = self.middle + self.axes @ np.array([u, v, w])
        return place


class Body(NamedTuple):
    """A vertebra: its body, from end plate to end plate, and what is wrong with its arch."""

    name: str
    frame: Frame
    size: Size
    height: float
    """At the middle."""
    wedge: float
    """Degrees by which it is lower in front."""
    fused: tuple[int, ...] = ()
    """Sides (1 left, -1 right) on which its transverse process has grown together with the sacrum."""


class Protrusion(NamedTuple):
    """What of a disc lies behind its margin."""

    depth: float
    """Of the highest point, mm behind the margin."""
    side: float
    """Of the highest point, mm left of the midline."""
    half_width: float
    """Half of its base, mm."""
    drop: float = 0.0
    """How far it hangs below the disc space, mm; 0: it stays inside."""


class Disc(NamedTuple):
    """A disc between two end plates."""

    name: str
    frame: Frame
    size: Size
    height: float
    lordosis: float
    """Degrees by which it opens to the front."""
    tilt: float
    """Degrees by which it opens to the left."""
    canal: float
    """Mid-sagittal diameter of the canal behind it, mm."""
    degenerated: bool
    slack: float = 0.0
    """By how much more it fills above and below, mm: a slip parts it from end plates that lean."""
    protrusion: Protrusion | None = None


class Column(NamedTuple):
    """All of it, from the lowest element to the highest."""

    bodies: tuple[Body, ...]
    discs: tuple[Disc, ...]


_CHANGES_DISC = ("disc_height_loss", "disc_bulge", "disc_protrusion", "disc_extrusion", "spondylolisthesis")


def axes_of(theta: float, phi: float) -> NDArray[np.float64]:
    """Return the axes of a frame that leans forward by `theta` and has its left side up by `phi` (degrees)."""
    a, b = np.radians(theta), np.radians(phi)
    sagittal = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    coronal = np.array([[np.cos(b), 0, -np.sin(b)], [0, 1, 0], [np.sin(b), 0, np.cos(b)]])
    turned: NDArray[np.float64] = coronal @ sagittal
    return turned


def _tilts(truth: Truth) -> dict[str, float]:
    """The coronal tilt of every vertebra in degrees: none but in a curve, and the way back to none beyond its ends."""
    names = truth.vertebrae
    curve = next((one for one in truth.findings if one.finding == "scoliosis"), None)
    if curve is None:
        return dict.fromkeys(names, 0.0)
    upper, lower = (names.index(end) for end in curve.ends)
    half = curve.measures["cobb_degrees"] / 2 * (1 if curve.side == "left" else -1)
    last = len(names) - 1
    known = {0: half * max(0.0, 1 - upper / 2), upper: half, lower: -half, min(lower + 2, last): 0.0, last: 0.0}
    places = sorted(known)
    return {
        name: float(np.interp(index, places, [known[place] for place in places])) for index, name in enumerate(names)
    }


class _Builder:
    """The point and the tilt of the end plate on which the next element stands."""

    def __init__(self, truth: Truth, scale: float) -> None:
        self.truth = truth
        self.scale = scale
        self.point = np.zeros(3)
        self.theta = SLOPES[truth.vertebrae[-1]]
        self.tilts = _tilts(truth)
        self.phi = self.tilts[truth.vertebrae[-1]]

    def rise(self, height: float, wedge: float, tilt: float = 0.0, slip: float = 0.0) -> Frame:
        """Pass an element; returns its frame. `wedge` opens to the front, `tilt` to the left, `slip` is forward."""
        axes = axes_of(self.theta - wedge / 2, self.phi + tilt / 2)
        middle = self.point + axes[:, 2] * height / 2 - axes[:, 1] * slip / 2
        self.point = middle + axes[:, 2] * height / 2 - axes[:, 1] * slip / 2
        self.theta -= wedge
        self.phi += tilt
        return Frame(middle, axes)

    def body(self, name: str) -> Body:
        size = _scaled(size_of(name), self.scale)
        fracture = self.truth.at(name, "compression_fracture")
        loss = fracture.measures["loss_percent"] / 100 if fracture else 0.0
        wedge = float(np.degrees(2 * np.arctan(size.body * loss / 2 / size.depth)))
        height = size.body * (1 - loss / 2)
        odd = self.truth.at(name, "transitional_vertebra")
        sides = {"left": (1,), "right": (-1,), "bilateral": (1, -1)}.get(odd.side or "", ()) if odd else ()
        return Body(name, self.rise(height, -wedge), size, height, wedge, sides)

    def disc(self, name: str) -> Disc:
        upper, lower = name.split("/")
        size = _scaled(size_of(upper), self.scale)
        loss = self.truth.at(name, "disc_height_loss")
        kept = 1 - loss.measures["loss_percent"] / 100 if loss else 1.0
        height, wedge = size.disc * kept, wedge_of(name) * min(1.0, kept * 1.1)
        tilt = self.tilts[upper] - self.tilts[lower]
        slip = self._slip(name, lower)
        protrusion = _protrusion(self.truth, name, size)
        return Disc(
            name=name,
            frame=self.rise(height, wedge, tilt, slip),
            size=size,
            height=height,
            lordosis=wedge,
            tilt=tilt,
            canal=_canal(self.truth, name, size, protrusion),
            degenerated=self.truth.at(name, *_CHANGES_DISC) is not None,
            slack=abs(slip) / 2 * float(np.sin(np.radians(wedge / 2))) + 0.4 if slip else 0.0,
            protrusion=protrusion,
        )

    def _slip(self, name: str, lower: str) -> float:
        """How far the upper vertebra lies in front of the lower one, mm."""
        slip = self.truth.at(name, "spondylolisthesis", "retrolisthesis")
        if slip is None:
            return 0.0
        depth = size_of(lower).depth * self.scale
        return slip.measures["slip_percent"] / 100 * depth * (1 if slip.finding == "spondylolisthesis" else -1)


def _scaled(size: Size, scale: float) -> Size:
    """A taller or smaller person's sizes; the canal is everybody's."""
    return size._replace(
        body=size.body * scale, width=size.width * scale, depth=size.depth * scale, disc=size.disc * scale
    )


def _protrusion(truth: Truth, disc: str, size: Size) -> Protrusion | None:
    found = truth.at(disc, "disc_bulge", "disc_protrusion", "disc_extrusion")
    if found is None:
        return None
    depth = found.measures["depth_mm"]
    if found.finding == "disc_bulge":
        return Protrusion(depth, 0.0, size.width / 2)
    off = size.width * 0.19 * {"left": 1.0, "right": -1.0}.get(found.side or "", 0.0)
    if found.finding == "disc_protrusion":
        return Protrusion(depth, off, size.width * 0.17)
    return Protrusion(depth, off, size.width * 0.15, drop=size.body * 0.28)


def _canal(truth: Truth, disc: str, size: Size, protrusion: Protrusion | None) -> float:
    """The diameter behind a disc: what a stenosis leaves, else the sound one less what lies in it at the midline."""
    narrow = truth.at(disc, "central_canal_stenosis")
    if narrow:
        return narrow.measures["canal_mm"]
    return size.canal - (protrusion.depth if protrusion and protrusion.side == 0 else 0.0)


def build(truth: Truth, scale: float = 1.0) -> Column:
    """Build the column of a truth; `scale` (about 0.92 to 1.08) is the person's size. The middle of the bodies is 0.

    The sacrum is its first body alone; what lies below it is drawn by the volume.
    """
    builder = _Builder(truth, scale)
    names = truth.vertebrae
    discs = discs_between(names[0], names[-1], [name for name in names if name == "L6"])
    lowest = _lowest(names[-1], builder)
    bodies, between = [lowest], []
    for name, disc in zip(reversed(names[:-1]), reversed(discs), strict=True):
        between.append(builder.disc(disc))
        bodies.append(builder.body(name))
    shift = np.mean([body.frame.middle for body in bodies], axis=0)
    return Column(
        tuple(body._replace(frame=Frame(body.frame.middle - shift, body.frame.axes)) for body in bodies),
        tuple(disc._replace(frame=Frame(disc.frame.middle - shift, disc.frame.axes)) for disc in between),
    )


def _lowest(name: str, builder: _Builder) -> Body:
    """The vertebra on whose upper end plate everything stands."""
    size = _scaled(size_of(name), builder.scale)
    axes = axes_of(builder.theta, builder.phi)
    return Body(name, Frame(builder.point - axes[:, 2] * size.body / 2, axes), size, size.body, 0.0)
