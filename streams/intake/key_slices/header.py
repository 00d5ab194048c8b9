"""What an instance's header says of where its picture lies (PS3.3 C.7.6.2, C.8.1.2, C.8.11.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy
import pydicom

from generation.cases import Plane

_AXES = (Plane.SAGITTAL, Plane.CORONAL, Plane.AXIAL)
"""By the patient axis (x to the left, y to the back, z to the head) that a slice's normal is nearest to."""
_VIEWS: Mapping[str, Plane] = {
    **dict.fromkeys(("LL", "RL", "LLD", "RLD", "LLO", "RLO", "LAT"), Plane.LATERAL),
    **dict.fromkeys(("AP", "PA"), Plane.FRONTAL),
}
_SIDES: Mapping[frozenset[str], Plane] = {
    frozenset("AP"): Plane.LATERAL,
    frozenset("LR"): Plane.FRONTAL,
}
"""Of a projection without a view: where its rows lead, by the first letter of Patient Orientation."""
_REGIONS: Mapping[str, str] = {
    "LSPINE": "lumbar",
    "LSSPINE": "lumbar",
    "TLSPINE": "thoracolumbar",
    "TSPINE": "thoracic",
    "CTSPINE": "cervicothoracic",
    "CSPINE": "cervical",
    "SSPINE": "sacral",
    "SPINE": "spine",
    "WHOLESPINE": "spine",
}
"""Body Part Examined (PS3.16 Annex L) in words of a title."""


@dataclass(frozen=True, slots=True)
class SliceHeader:
    """Where a picture lies; None or empty where the header does not tell."""

    plane: Plane | None = None
    region: str = ""
    place: float | None = None
    """Along the normal of its plane, in mm: from right to left, front to back or foot to head."""
    number: int | None = None
    """Instance Number."""
    localizer: bool = False


def header_of(content: bytes) -> SliceHeader:
    """Read the header of a DICOM file; what cannot be read of it counts as not told.

    Raises what pydicom raises for bytes that are no DICOM file.
    """
    dataset = pydicom.dcmread(BytesIO(content), stop_before_pixels=True)
    place = _geometry(dataset)
    region = _text(dataset, "BodyPartExamined").upper().replace(" ", "")
    return SliceHeader(
        plane=place[0] if place else _projection(dataset),
        region=_REGIONS.get(region, ""),
        place=place[1] if place else None,
        number=_number(dataset),
        localizer="LOCALIZER" in _text(dataset, "ImageType").upper(),
    )


def _geometry(dataset: pydicom.Dataset) -> tuple[Plane, float | None] | None:
    """Return plane and place of a slice in space, None for a projection."""
    try:
        shared = dataset.get("SharedFunctionalGroupsSequence") or [dataset]
        found = (shared[0].get("PlaneOrientationSequence") or [dataset])[0].get("ImageOrientationPatient")
        directions = numpy.array([float(one) for one in found or ()])
        if directions.shape != (6,):
            return None
        normal = numpy.cross(directions[:3], directions[3:])
        axis = int(numpy.argmax(numpy.abs(normal)))
        normal *= numpy.sign(normal[axis])
        position = numpy.array([float(one) for one in dataset.get("ImagePositionPatient") or ()])
        return _AXES[axis], round(float(normal @ position), 3) if position.shape == (3,) else None
    except (ValueError, TypeError, IndexError):
        return None


def _projection(dataset: pydicom.Dataset) -> Plane | None:
    view = _VIEWS.get(_text(dataset, "ViewPosition").upper())
    if view is not None:
        return view
    rows = str((dataset.get("PatientOrientation") or [""])[0]).upper()[:1]
    return next((plane for letters, plane in _SIDES.items() if rows in letters), None)


def _number(dataset: pydicom.Dataset) -> int | None:
    try:
        return int(dataset["InstanceNumber"].value)
    except (KeyError, ValueError, TypeError):
        return None


def _text(dataset: pydicom.Dataset, keyword: str) -> str:
    found: Any = dataset.get(keyword, "")
    return found if isinstance(found, str) else " ".join(str(one) for one in found or ())
