"""From the instances of a study and its report to the case; the same instances and report give the same bytes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from itertools import groupby

from generation.cases import Case, CaseInstance, CaseSeries, KeySlice
from generation.sources import Language
from streams.intake.documents.sentences import is_chinese
from streams.intake.gateway.instances import TakenInstance
from streams.intake.key_slices import Chosen, PictureFailed, in_order, key_slices, render

log = logging.getLogger(__name__)

Put = Callable[[bytes], str]
Get = Callable[[str], bytes]


def series_of(taken: Sequence[TakenInstance]) -> tuple[CaseSeries, ...]:
    """Return the series, their instances by place in space, else by number."""

    def series(one: TakenInstance) -> str:
        return one.series

    return in_order([_series(tuple(group)) for _, group in groupby(sorted(taken, key=series), key=series)])


def _series(members: Sequence[TakenInstance]) -> CaseSeries:
    first = members[0]
    placed = all(one.place is not None for one in members)
    ordered = sorted(
        members,
        key=lambda one: (
            (one.place or 0.0) if placed else 0.0,
            one.number if one.number is not None else 1 << 31,
            one.uid,
        ),
    )
    planes = {one.plane for one in members}
    return CaseSeries(
        uid=first.series,
        modality=first.modality,
        plane=first.plane if len(planes) == 1 else None,
        instances=tuple(CaseInstance(uid=one.uid, blob=one.blob) for one in ordered),
    )


def make_case(taken: Sequence[TakenInstance], report: str, epoch: str, get: Get, put: Put) -> Case:
    """Return the case of a study's instances (at least one); its pictures are rendered from the blobs that `get`
    gives, and put."""
    shown = key_slices(series_of([one for one in taken if not one.localizer]))
    slices = [made for made in (_slice(one, get, put) for one in shown) if made is not None]
    return Case(
        study=taken[0].study,
        patient=taken[0].patient,
        epoch=epoch,
        language=Language.ZH if is_chinese(report) else Language.EN,
        report=report,
        series=series_of(taken),
        slices=tuple(slices),
        phantom=all(one.phantom for one in taken),
    )


def _slice(chosen: Chosen, get: Get, put: Put) -> KeySlice | None:
    """Render a slice; None where its instance cannot be decoded, which costs the picture and not the case."""
    instance = chosen.series.instances[chosen.instance]
    try:
        picture = render(get(instance.blob))
    except PictureFailed as failed:
        log.warning("instance %s is shown by no picture: %s", instance.uid, failed)
        return None
    return KeySlice(
        image=put(picture.png),
        series=chosen.series.uid,
        instance=instance.uid,
        modality=chosen.series.modality,
        plane=chosen.series.plane,
        window_center=picture.center,
        window_width=picture.width,
        rule=chosen.rule,
    )


def title_of(taken: Sequence[TakenInstance]) -> str:
    """Return what a case is called: `MR lumbar study`, `CT and DX study`; nothing in it tells who it is."""
    modalities = " and ".join(sorted({one.modality.value for one in taken}))
    regions = {one.region for one in taken if one.region}
    return " ".join([modalities, *(regions if len(regions) == 1 else ()), "study"])
