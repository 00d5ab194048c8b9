"""A case as a document: its report is the text, its key slices are the figures."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError

from generation.cases import Case, KeySlice, Plane
from generation.sources import Figure, Language
from streams.intake.documents.errors import DocumentRefused, Reason

_PLANES: Mapping[Plane, str] = {
    Plane.SAGITTAL: "矢状位",
    Plane.CORONAL: "冠状位",
    Plane.AXIAL: "轴位",
    Plane.LATERAL: "侧位",
    Plane.FRONTAL: "正位",
}


def read_case(content: bytes) -> Case:
    """Return a case from its canonical bytes; raises `DocumentRefused`."""
    try:
        return Case.model_validate_json(content)
    except ValidationError as error:
        places = sorted({".".join(str(part) for part in one["loc"]) or "case" for one in error.errors()})[:5]
        raise DocumentRefused(Reason.DAMAGED, f"the case does not parse at: {', '.join(places)}") from error


def figures_of(case: Case) -> tuple[Figure, ...]:
    """Return the key slices as figures, in their order, captioned in the case's language."""
    return tuple(
        Figure(
            image=one.image,
            caption=_caption(one, case.language),
            modality=one.modality.value,
            plane=one.plane.value if one.plane else None,
            instance=one.instance,
            window_center=one.window_center,
            window_width=one.window_width,
        )
        for one in case.slices
    )


def _caption(one: KeySlice, language: Language) -> str:
    if language is Language.ZH:
        return f"{one.modality.value}{_PLANES[one.plane] if one.plane else ''}图像"
    return f"{one.plane.value} {one.modality.value}" if one.plane else one.modality.value
