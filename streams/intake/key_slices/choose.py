"""Which slices are shown: by the place of a slice in its series, since nobody has looked at it yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from generation.cases import CaseSeries, Modality, Plane

MOST = 8
"""Pictures of a case, at most."""
_Numbers = Callable[[int], tuple[int, ...]]


class Rule(NamedTuple):
    """A rule and its name."""

    name: str
    numbers: _Numbers
    """From the number of slices to the ones shown, from 0."""


class Chosen(NamedTuple):
    """An instance to be rendered."""

    series: CaseSeries
    instance: int
    """Its number in the series, from 0."""
    rule: str


def _middle(count: int) -> tuple[int, ...]:
    return (count // 2,)


def _quarters(count: int) -> tuple[int, ...]:
    return tuple(dict.fromkeys(count * part // 4 for part in (1, 2, 3)))


def _first_two(count: int) -> tuple[int, ...]:
    return tuple(range(min(count, 2)))


_MIDDLE = Rule("middle", _middle)
_RULES: Mapping[Plane, Rule] = {
    Plane.SAGITTAL: Rule("middle-sagittal", _middle),
    Plane.CORONAL: Rule("middle-coronal", _middle),
    Plane.AXIAL: Rule("quarters-axial", _quarters),
    Plane.LATERAL: Rule("projection", _first_two),
    Plane.FRONTAL: Rule("projection", _first_two),
}
_PROJECTION = Rule("projection", _first_two)
_PROJECTED = (Modality.CR, Modality.DX)
_PLANES = (Plane.SAGITTAL, Plane.LATERAL, Plane.AXIAL, Plane.FRONTAL, Plane.CORONAL)
_MODALITIES = (Modality.MR, Modality.CT, Modality.DX, Modality.CR)


def in_order(series: Sequence[CaseSeries]) -> tuple[CaseSeries, ...]:
    """Return series in the order a case lists them: MR, CT, then radiographs; sagittal and lateral first."""
    return tuple(sorted(series, key=_rank))


def key_slices(series: Sequence[CaseSeries]) -> tuple[Chosen, ...]:
    """Return what is shown of a case, at most `MOST`, in the order a model is shown it.

    A sagittal or coronal series gives its middle slice, an axial one those at its quarters (nothing tells yet which
    level matters), a series of projections its first two, one whose plane is not known its middle.
    """
    found = []
    for one in in_order(series):
        rule = _rule(one)
        found += [Chosen(one, number, rule.name) for number in rule.numbers(len(one.instances))]
    return tuple(found[:MOST])


def _rule(series: CaseSeries) -> Rule:
    if series.plane is not None:
        return _RULES[series.plane]
    return _PROJECTION if series.modality in _PROJECTED else _MIDDLE


def _rank(series: CaseSeries) -> tuple[int, int, str]:
    plane = _PLANES.index(series.plane) if series.plane else len(_PLANES)
    return _MODALITIES.index(series.modality), plane, series.uid
