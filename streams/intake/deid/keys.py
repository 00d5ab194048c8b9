"""The identifying keys of an object, read from its head for the spool. Every value here is PHI."""

from __future__ import annotations

from dataclasses import dataclass, field

from streams.intake.deid.errors import ObjectRefused, RefusalReason
from streams.intake.deid.instance import patient_of
from streams.intake.deid.parser import parse

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
    head = parse(content, only=_READ)
    try:
        values = {keyword: str(head.get(keyword, "") or "").strip(" \0") for keyword in _READ}
    except Exception as error:  # noqa: BLE001 - a damaged value fails in words that may quote it
        raise ObjectRefused(RefusalReason.BROKEN, f"its keys do not parse ({type(error).__name__})") from None
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
        patient=patient_of(head),
    )
