"""The identifying keys of an object, read from its head for the spool. Every value here is PHI."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from io import BytesIO

from pydicom import dcmread

from streams.intake.deid.errors import ObjectRefused, RefusalReason
from streams.intake.deid.instance import patient_of

_READ = ("SOPClassUID", "SOPInstanceUID", "AccessionNumber", "PatientID", "StudyInstanceUID", "SeriesInstanceUID")


@dataclass(frozen=True)
class OriginalKeys:
    """Originals, for matching inside the gateway only; `repr` shows none of them."""

    study_uid: str = field(repr=False)
    series_uid: str = field(repr=False)
    sop_uid: str = field(repr=False)
    sop_class: str
    patient_id: str = field(repr=False)
    accession: str = field(repr=False)
    patient: str = field(repr=False)
    """What `Pseudonyms.patient` and `offset_days` take: the patient id, or the study's UID where it is empty."""


def original_keys(content: bytes) -> OriginalKeys:
    """Read an object's keys without its pixels.

    Raises `ObjectRefused` where the bytes are no DICOM object or lack a study, series or instance UID.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            head = dcmread(BytesIO(content), stop_before_pixels=True, force=True, specific_tags=list(_READ))
            values = {keyword: str(head.get(keyword, "") or "").strip(" \0") for keyword in _READ}
            patient = patient_of(head)
    except Exception as error:  # noqa: BLE001 - a hostile file may raise anything from within the parser
        raise ObjectRefused(RefusalReason.BROKEN, f"does not parse ({type(error).__name__})") from None
    missing = [
        keyword for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID") if not values[keyword]
    ]
    if missing:
        raise ObjectRefused(RefusalReason.BROKEN, f"{', '.join(missing)} missing or empty")
    return OriginalKeys(
        study_uid=values["StudyInstanceUID"],
        series_uid=values["SeriesInstanceUID"],
        sop_uid=values["SOPInstanceUID"],
        sop_class=values["SOPClassUID"],
        patient_id=values["PatientID"],
        accession=values["AccessionNumber"],
        patient=patient,
    )
