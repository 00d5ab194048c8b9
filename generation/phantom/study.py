"""A phantom study: its truth, pictures, objects and report, and the identifiers planted in them, from a seed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from generation.cases import Modality
from generation.levels import is_disc, neighbours, sort_levels
from generation.phantom import ct, mr, xray
from generation.phantom.anatomy import Column, build
from generation.phantom.dicom import Instance, write_series
from generation.phantom.dicom.instances import Asked, uid_of
from generation.phantom.identity import Identity
from generation.phantom.pictures import Series
from generation.phantom.report import Templates
from generation.phantom.reported import draw_report
from generation.phantom.truth import Part, StudyKind, Truth
from generation.phantom.volume import Grid, LabelVolume, axis, rasterise
from generation.sources import Language

_FINE = 0.5
"""mm: the step of the label volume in the sagittal plane."""
_ACROSS = 1.5
"""mm: its step from left to right."""


class PhantomStudy(NamedTuple):
    """A study of nobody."""

    seed: int
    truth: Truth
    column: Column
    series: tuple[Series, ...]
    objects: tuple[Instance, ...]
    report: str
    template: str
    """Id of the report's template."""
    phi: tuple[str, ...]
    """Every planted identifier, in each form in which a header or the report has it."""
    study_uid: str

    @property
    def instances(self) -> tuple[tuple[str, bytes], ...]:
        """File name and bytes of every object."""
        return tuple((one.name, one.content) for one in self.objects)

    def labels(self) -> LabelVolume:
        """Return the label volume that the pictures show, on a grid of its own (0.5 mm sagittal, 1.5 mm across)."""
        return label_volume(self.column, self.truth.kind.part)


def label_volume(column: Column, part: Part) -> LabelVolume:
    """Return the labels of a whole column on a fine grid: 0.5 mm sagittal, 1.5 mm across."""
    middles = np.array([body.frame.middle for body in column.bodies])
    reach = np.array([36.0, 55.0, 40.0]) if part is Part.LUMBAR else np.array([15.0, 40.0, 18.0])
    low, high = middles.min(axis=0) - reach, middles.max(axis=0) + reach
    x, y, z = (axis(float(a), float(b), s) for a, b, s in zip(low, high, (_ACROSS, _FINE, _FINE), strict=True))
    return rasterise(column, Grid(x, y, z))


def make_study(
    seed: int,
    kind: StudyKind | None = None,
    language: Language | None = None,
    templates: Templates = Templates.ALL,
) -> PhantomStudy:
    """Make the study of a seed; what is not asked for is drawn from it. The same call gives the same bytes."""
    rng = np.random.default_rng([seed, 0])
    told = draw_report(rng, seed, kind, language, templates)
    truth, who = told.truth, told.who
    kind, language = truth.kind, truth.language
    column = build(truth, float(rng.uniform(0.94, 1.06)))
    series = tuple(_series(column, truth, np.random.default_rng([seed, 3])))
    charset = ("ISO_IR 192", "GB18030")[int(rng.integers(2))] if language is Language.ZH else "ISO_IR 100"
    key = f"{seed}|{kind.value}|{language.value}"
    asked = Asked(who, kind.part, charset, key)
    objects = tuple(one for number, each in enumerate(series, start=1) for one in write_series(asked, each, number))
    phi = tuple(dict.fromkeys((*_planted(who), *told.planted)))
    return PhantomStudy(seed, truth, column, series, objects, told.text, told.template.id, phi, uid_of(key))


def _series(column: Column, truth: Truth, rng: np.random.Generator) -> Iterator[Series]:
    kind, part = truth.kind, truth.kind.part
    if kind in (StudyKind.LUMBAR_MR, StudyKind.CERVICAL_MR):
        yield mr.sagittal(column, part, rng)
        yield mr.axial(column, part, rng, _sliced(truth))
        yield xray.lateral(column, part, rng, Modality.CR)
    elif kind is StudyKind.LUMBAR_CT:
        yield ct.axial(column, part, rng)
    else:
        yield xray.lateral(column, part, rng, Modality.DX)
        yield xray.frontal(column, part, rng, Modality.DX)


def _sliced(truth: Truth) -> tuple[str, ...]:
    """The discs that axial slices are laid through: those with findings and one beside them, to compare."""
    found = [one for one in truth.levels if is_disc(one)] or ["L4/L5" if "L4" in truth.vertebrae else "C5/C6"]
    shown = {f"{a}/{b}" for a, b in zip(truth.vertebrae, truth.vertebrae[1:], strict=False)}
    beside = [disc for disc in neighbours(found[0]) if disc in shown]
    return sort_levels([*found, *beside[:1]])


def _planted(who: Identity) -> Iterator[str]:
    """Every identifier of the headers, in each form in which they have it."""
    for person in (who.patient, who.referring, who.performing, who.reading, who.operator, who.mother):
        yield from person.forms
    yield from (who.patient.written, who.referring.written)
    yield from (who.patient_id, who.other_id, who.national_id, who.accession, who.study_id)
    yield from (who.phone, who.physician_phone, who.address, who.institution, who.department)
    yield from (who.station, who.serial, f"{who.birth:%Y%m%d}", f"{who.study:%Y%m%d}")
