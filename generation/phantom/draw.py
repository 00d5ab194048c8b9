"""Drawing the truth of a study: which findings it has, at which levels, of which grade."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from generation.levels import VERTEBRAE, discs_between, sort_levels, vertebrae_of
from generation.phantom.grades import BODY_LOSS, CANAL, DISC_LOSS, SLIP, Band
from generation.phantom.truth import Part, StudyKind, TrueFinding, Truth
from generation.sources import Language

_GROUPS = 3
"""Findings that belong together come in groups; a study has up to so many."""
_DISCS = {
    Part.LUMBAR: ("L1/L2", "L2/L3", "L3/L4", "L4/L5", "L5/S1"),
    Part.CERVICAL: ("C3/C4", "C4/C5", "C5/C6", "C6/C7"),
}
_BODIES = {Part.LUMBAR: ("T11", "T12", "L1", "L2", "L3"), Part.CERVICAL: ("C4", "C5", "C6")}
_ENDS = {Part.LUMBAR: ("T9", "S1"), Part.CERVICAL: ("C2", "T2")}
_CURVES = (("T11", "L1", "L3"), ("T12", "L2", "L4"), ("T10", "T12", "L2"))
"""Upper end, apex, lower end."""


class _Drawing:
    """Levels that are still free, and what was drawn so far."""

    def __init__(self, rng: np.random.Generator, kind: StudyKind, vertebrae: tuple[str, ...]) -> None:
        self.rng = rng
        self.kind = kind
        self.vertebrae = vertebrae
        self.free = list(_free_discs(kind.part, vertebrae))
        self.bodies = [name for name in _BODIES[kind.part] if name in vertebrae]
        self.found: list[TrueFinding] = []

    def pick(self, choices: Sequence[str]) -> str:
        return str(choices[int(self.rng.integers(len(choices)))])

    def chance(self, probability: float) -> bool:
        return bool(self.rng.random() < probability)

    def size(self, bands: Sequence[Band]) -> tuple[str, float]:
        """A grade, each as likely as the others, and a size inside it."""
        band = bands[int(self.rng.integers(len(bands)))]
        return band.grade, round(float(self.rng.uniform(*band.drawn)), 2)

    def take_disc(self, choices: Sequence[str] = ()) -> str | None:
        """A free disc (one of `choices`, if any); it and the bodies beside it are free no more."""
        open_ = [disc for disc in self.free if not choices or disc in choices]
        if not open_:
            return None
        disc = self.pick(open_)
        self.free.remove(disc)
        self.bodies = [name for name in self.bodies if name not in vertebrae_of(disc)]
        return disc

    def add(
        self, finding: str, level: str, size: tuple[str, float] | None = None, name: str = "", side: str | None = None
    ) -> None:
        grade, measures = (size[0], {name: size[1]}) if size else (None, {})
        self.found.append(TrueFinding(finding=finding, level=level, side=side, grade=grade, measures=measures))

    def maybe_narrow(self, disc: str, probability: float) -> None:
        """A stenosis at the level of another finding, where the canal is seen."""
        if self.kind.shows_canal and self.chance(probability):
            self.add("central_canal_stenosis", disc, self.size(CANAL), "canal_mm")


def _free_discs(part: Part, vertebrae: tuple[str, ...]) -> tuple[str, ...]:
    through = [name for name in vertebrae if name == "L6"]
    pictured = discs_between(vertebrae[0], vertebrae[-1], through)
    return tuple(disc for disc in pictured if disc in _DISCS[part] or "L6" in disc)


def _slip(drawing: _Drawing) -> None:
    lumbar = drawing.kind.part is Part.LUMBAR
    disc = drawing.take_disc(("L3/L4", "L4/L5", "L5/S1") if lumbar else ())
    if disc is None:
        return
    bands = SLIP if disc in ("L4/L5", "L5/S1") else SLIP[:2] if lumbar else SLIP[:1]
    drawing.add("spondylolisthesis", disc, drawing.size(bands), "slip_percent")
    drawing.maybe_narrow(disc, 0.4)


def _back_slip(drawing: _Drawing) -> None:
    if disc := drawing.take_disc():
        drawing.add("retrolisthesis", disc, drawing.size(SLIP[:1]), "slip_percent")


def _height(drawing: _Drawing) -> None:
    if disc := drawing.take_disc():
        drawing.add("disc_height_loss", disc, drawing.size(DISC_LOSS), "loss_percent")


def _hernia(drawing: _Drawing) -> None:
    if (disc := drawing.take_disc()) is None:
        return
    lumbar = drawing.kind.part is Part.LUMBAR
    finding = drawing.pick(("disc_protrusion", "disc_extrusion"))
    low, high = (
        ((3.4, 4.4) if lumbar else (2.6, 3.2)) if finding == "disc_protrusion" else ((6.0, 7.5), (4.6, 5.4))[not lumbar]
    )
    side = drawing.pick(("left", "right", "central"))
    depth = round(float(drawing.rng.uniform(low, high)), 2)
    drawing.found.append(TrueFinding(finding=finding, level=disc, side=side, measures={"depth_mm": depth}))
    if drawing.chance(0.5):
        drawing.add("disc_height_loss", disc, drawing.size(DISC_LOSS[:2]), "loss_percent")
    drawing.maybe_narrow(disc, 1.0 if (side, finding) == ("central", "disc_extrusion") else 0.4)


def _bulge(drawing: _Drawing) -> None:
    if disc := drawing.take_disc():
        depth = round(float(drawing.rng.uniform(2.3, 2.9)), 2)
        drawing.found.append(TrueFinding(finding="disc_bulge", level=disc, measures={"depth_mm": depth}))
        drawing.maybe_narrow(disc, 0.5)


def _stenosis(drawing: _Drawing) -> None:
    if disc := drawing.take_disc():
        drawing.maybe_narrow(disc, 1.0)


def _fracture(drawing: _Drawing) -> None:
    if not drawing.bodies:
        return
    body = drawing.pick(drawing.bodies)
    bands = BODY_LOSS if drawing.kind.part is Part.LUMBAR else BODY_LOSS[1:]
    drawing.add("compression_fracture", body, drawing.size(bands), "loss_percent")
    drawing.bodies = []
    drawing.free = [disc for disc in drawing.free if body not in vertebrae_of(disc)]


def _scoliosis(drawing: _Drawing) -> None:
    """A curve; discs inside it stay sound, and so do the bodies."""
    upper, apex, lower = _CURVES[int(drawing.rng.integers(len(_CURVES)))]
    degrees = int(drawing.rng.integers(14, 39))
    drawing.found.append(
        TrueFinding(
            finding="scoliosis",
            level=apex,
            side=drawing.pick(("left", "right")),
            grade=f"cobb:{degrees}",
            ends=(upper, lower),
            measures={"cobb_degrees": float(degrees)},
        )
    )
    below = drawing.vertebrae.index(lower)
    drawing.free = [disc for disc in drawing.free if drawing.vertebrae.index(vertebrae_of(disc)[0]) > below]
    drawing.bodies = []


def _transitional(drawing: _Drawing) -> None:
    """A sixth lumbar vertebra where the study has one, else a fifth that is fused with the sacrum (Castellvi III)."""
    if "L6" in drawing.vertebrae:
        drawing.found.append(TrueFinding(finding="transitional_vertebra", level="L6"))
        return
    side = drawing.pick(("left", "right", "bilateral"))
    grade = "castellvi:IIIb" if side == "bilateral" else "castellvi:IIIa"
    drawing.found.append(TrueFinding(finding="transitional_vertebra", level="L5", side=side, grade=grade))
    drawing.free = [disc for disc in drawing.free if disc != "L5/S1"]


_Draw = Callable[[_Drawing], None]
_ANYWHERE: tuple[_Draw, ...] = (_slip, _back_slip, _height, _fracture)
_CANAL: tuple[_Draw, ...] = (_hernia, _hernia, _bulge, _stenosis)


def _draws(kind: StudyKind) -> tuple[_Draw, ...]:
    return (*_ANYWHERE, *_CANAL) if kind.shows_canal else _ANYWHERE


def pictured(part: Part, *, sixth: bool = False) -> tuple[str, ...]:
    """Return the vertebrae that a study of a part shows; `sixth`: six lumbar ones."""
    upper, lower = _ENDS[part]
    names = VERTEBRAE[VERTEBRAE.index(upper) : VERTEBRAE.index(lower) + 1]
    return tuple(name for name in names if name != "T13" and (sixth or name != "L6"))


def draw_truth(rng: np.random.Generator, kind: StudyKind, language: Language) -> Truth:
    """Draw the findings of a study: one to three groups of them, of each kind that its pictures can show."""
    lumbar = kind.part is Part.LUMBAR
    special = float(rng.random()) if lumbar else 1.0
    vertebrae = pictured(kind.part, sixth=special < 0.1)
    drawing = _Drawing(rng, kind, vertebrae)
    if special < 0.2:
        _transitional(drawing)
    elif special < 0.5 and kind in (StudyKind.LUMBAR_XRAY, StudyKind.LUMBAR_CT):
        _scoliosis(drawing)
    groups = int(rng.integers(1, _GROUPS + 1))
    draws = _draws(kind)
    for index in rng.permutation(len(draws))[:groups]:
        draws[int(index)](drawing)
    if not drawing.found:
        _height(drawing)
    order = sort_levels(one.level for one in drawing.found)
    found = sorted(drawing.found, key=lambda one: order.index(one.level))
    return Truth(kind=kind, language=language, vertebrae=vertebrae, findings=tuple(found))
