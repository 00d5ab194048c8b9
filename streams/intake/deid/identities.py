"""What identifies a case's people and places in its original headers: gathered once, then masked and searched for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

from pydicom._uid_dict import UID_dictionary
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from streams.intake.deid.dates import parse_da
from streams.intake.deid.keep import CONTEXT, tags


class IdentityKind(StrEnum):
    """What a value identifies by."""

    NAME = "name"
    """A person's name, as a PN value or as written."""
    ID = "id"
    """A number of a patient, visit, order or device."""
    ACCESSION = "accession"
    """An accession number."""
    DATE = "date"
    """A day, as YYYYMMDD."""
    CONTACT = "contact"
    """A telephone number, mail address or the like."""
    ADDRESS = "address"
    """A postal address."""
    INSTITUTION = "institution"
    """The name of a hospital, or of a place in one."""
    UID = "uid"
    """A UID that the standard does not register."""


_IDS = tags(
    "PatientID",
    "OtherPatientIDs",
    "AdmissionID",
    "ServiceEpisodeID",
    "RequestedProcedureID",
    "ScheduledProcedureStepID",
    "PerformedProcedureStepID",
    "FillerOrderNumberImagingServiceRequest",
    "PlacerOrderNumberImagingServiceRequest",
    "StudyID",
    "MedicalRecordLocator",
    "InsurancePlanIdentification",
    "ClinicalTrialSubjectID",
    "DeviceSerialNumber",
    "DetectorID",
    "PlateID",
    "CassetteID",
    "StationName",
    "PerformedStationName",
)
_ALWAYS = tags("PatientID", "OtherPatientIDs")
_ACCESSIONS = tags("AccessionNumber")
_CONTACTS = tags(
    "PatientTelephoneNumbers",
    "PersonTelephoneNumbers",
    "ReferringPhysicianTelephoneNumbers",
    "OrderCallbackPhoneNumber",
    "PatientTelecomInformation",
    "PersonTelecomInformation",
)
_ADDRESSES = tags("PatientAddress", "PersonAddress", "InstitutionAddress", "ReferringPhysicianAddress")
_INSTITUTIONS = tags(
    "InstitutionName", "InstitutionalDepartmentName", "PatientInstitutionResidence", "RequestedProcedureLocation"
)
_GENERIC = frozenset(
    {"radiology", "imaging", "mri", "mr", "ct", "xray", "x-ray", "spine", "surgery", "emergency"}
    | {"orthopaedics", "orthopedics", "neurosurgery", "neurology"}
)
"""Names of departments that every hospital has, and reports are full of: they identify nobody."""
_TEXT_KINDS = {
    **dict.fromkeys(_IDS, IdentityKind.ID),
    **dict.fromkeys(_ACCESSIONS, IdentityKind.ACCESSION),
    **dict.fromkeys(_CONTACTS, IdentityKind.CONTACT),
    **dict.fromkeys(_ADDRESSES, IdentityKind.ADDRESS),
    **dict.fromkeys(_INSTITUTIONS, IdentityKind.INSTITUTION),
}
_VR_KINDS = {"PN": IdentityKind.NAME, "DA": IdentityKind.DATE, "DT": IdentityKind.DATE, "UI": IdentityKind.UID}
_LEAST_DIGITS = 5
_DAY = re.compile(r"\d{8}")


class Identities:
    """The original identifying values of a case. It grows; `repr` and messages show counts only."""

    def __init__(self) -> None:
        self._values: dict[IdentityKind, set[str]] = {kind: set() for kind in IdentityKind}

    def __repr__(self) -> str:
        return f"Identities({', '.join(f'{kind.value}: {len(held)}' for kind, held in self._values.items() if held)})"

    def __len__(self) -> int:
        return sum(map(len, self._values.values()))

    def __iter__(self) -> Iterator[tuple[IdentityKind, str]]:
        """Every value with its kind, in a fixed order."""
        return ((kind, value) for kind, held in self._values.items() for value in sorted(held))

    def values(self, kind: IdentityKind) -> frozenset[str]:
        """Return the values of a kind, as they were written."""
        return frozenset(self._values[kind])

    def add(self, kind: IdentityKind, value: str) -> None:
        """Add a value; a date that is none, a registered UID and an empty value are left out."""
        value = value.strip(" \0\t\r\n")
        if kind is IdentityKind.DATE:
            found = _DAY.match(re.sub(r"[.\-/]", "", value[:10]))
            value = found[0] if found and parse_da(found[0]) else ""
        if kind is IdentityKind.INSTITUTION and value.casefold() in _GENERIC:
            return
        if value and not (kind is IdentityKind.UID and value in UID_dictionary):
            self._values[kind].add(value)

    def merge(self, other: Identities) -> None:
        """Add all values of another case's or instance's identities."""
        for kind, held in other._values.items():
            self._values[kind] |= held

    def add_dataset(self, dataset: Dataset) -> None:
        """Gather from every element at every depth, private ones included, before anything of it is rewritten.

        Ids other than the patient's own count only when they hold a digit, and five where they are digits only: a
        station named SPINE identifies nobody, nor does a study numbered 2.
        """
        for tag in list(dataset.keys()):
            vr = _vr(dataset.get_item(tag), tag)
            if vr == "SQ":
                for item in dataset[tag].value or ():
                    if isinstance(item, Dataset):
                        self.add_dataset(item)
            elif kind := _TEXT_KINDS.get(tag) or (_VR_KINDS.get(vr) if tag not in CONTEXT else None):
                for value in _texts(dataset, tag):
                    if kind is not IdentityKind.ID or tag in _ALWAYS or _tells(value):
                        self.add(kind, value)


def _tells(number: str) -> bool:
    digits = sum(map(str.isdigit, number))
    return digits >= _LEAST_DIGITS or 0 < digits < sum(map(str.isalnum, number))


def _vr(element: DataElement | RawDataElement | None, tag: int) -> str:
    if element is not None and element.VR is not None and element.VR != "UN":
        return str(element.VR)
    try:
        return str(dictionary_VR(tag))
    except KeyError:
        return ""


def _texts(dataset: Dataset, tag: int) -> list[str]:
    """The values of an element as text, decoded by its character set, else by the likely ones that it fails to name."""
    element = dataset.get_item(tag)
    raw = element.value if element is not None and isinstance(element.value, bytes) else b""
    value = dataset[tag].value
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    texts = (
        [str(part) for part in value] if isinstance(value, list | tuple | MultiValue) else str(value or "").split("\\")
    )
    return texts if raw.isascii() or any(map(_is_han, texts)) else [*texts, *_undeclared(raw)]


def _undeclared(raw: bytes) -> Iterator[str]:
    """Chinese text of an object that does not say how it is written: common, and else the report keeps the name."""
    for encoding in ("utf-8", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _is_han(text):
            yield from text.split("\\")
            return


def _is_han(text: str) -> bool:
    return any("\u3400" <= char <= "\u9fff" for char in text)
