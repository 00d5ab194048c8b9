"""Which objects come in: the storage classes and encodings that the rules are written for."""

from __future__ import annotations

from collections.abc import Mapping

from pydicom._uid_dict import UID_dictionary
from pydicom.dataset import Dataset
from pydicom.uid import UID

from streams.intake.deid.errors import ObjectRefused, RefusalReason

ACCEPTED: Mapping[str, str] = {
    "1.2.840.10008.5.1.4.1.1.1": "CR",
    "1.2.840.10008.5.1.4.1.1.1.1": "DX",
    "1.2.840.10008.5.1.4.1.1.1.1.1": "DX",
    "1.2.840.10008.5.1.4.1.1.2": "CT",
    "1.2.840.10008.5.1.4.1.1.2.1": "CT",
    "1.2.840.10008.5.1.4.1.1.4": "MR",
    "1.2.840.10008.5.1.4.1.1.4.1": "MR",
}
"""SOP classes that may pass, with the modality each one is: CR, DX for presentation and processing, CT, MR, and the
enhanced CT and MR."""

_NAMED = (
    ("encapsulated", RefusalReason.ENCAPSULATED_DOCUMENT),
    ("secondary capture", RefusalReason.SECONDARY_CAPTURE),
    ("presentation state", RefusalReason.PRESENTATION_STATE),
    (" sr", RefusalReason.STRUCTURED_REPORT),
    ("report", RefusalReason.STRUCTURED_REPORT),
    ("key object selection", RefusalReason.STRUCTURED_REPORT),
    ("waveform", RefusalReason.STRUCTURED_REPORT),
)
_SCREENS = ("SCREEN SAVE", "SCREEN_SAVE", "PATIENT PROTOCOL", "DOSE_INFO", "SCREENSHOT")
_VIDEO = ("mpeg", "hevc", "jpip", "smpte", "xml", "encapsulated uncompressed")


def require_supported(dataset: Dataset) -> str:
    """Return the modality of an object that the rules are written for; raises `ObjectRefused` for any other."""
    sop_class = str(dataset.get("SOPClassUID", "")).strip(" \0")
    if sop_class not in ACCEPTED:
        raise _unsupported(sop_class)
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
        if not str(dataset.get(keyword, "")).strip(" \0"):
            raise ObjectRefused(RefusalReason.BROKEN, f"{keyword} is missing or empty")
    if str(dataset.get("BurnedInAnnotation", "")).strip(" \0").upper() not in ("", "NO"):
        raise ObjectRefused(RefusalReason.BURNED_IN, "(0028,0301) does not say NO")
    shown = str(dataset.get("ImageType", "")).upper()
    if "ConversionType" in dataset or any(screen in shown for screen in _SCREENS):
        raise ObjectRefused(RefusalReason.SECONDARY_CAPTURE, "(0008,0008) or (0008,0064) tells of a captured screen")
    if "PixelData" not in dataset:
        raise ObjectRefused(RefusalReason.NO_PIXELS, "(7FE0,0010) is missing")
    return ACCEPTED[sop_class]


def _unsupported(sop_class: str) -> ObjectRefused:
    if not sop_class:
        return ObjectRefused(RefusalReason.BROKEN, "SOPClassUID is missing or empty")
    if sop_class not in UID_dictionary:
        return ObjectRefused(RefusalReason.UNSUPPORTED_CLASS, "a private or unknown SOP class")
    name = UID(sop_class).name
    reason = next((why for word, why in _NAMED if word in name.lower()), RefusalReason.UNSUPPORTED_CLASS)
    return ObjectRefused(reason, f"{name} ({sop_class}) is not taken in")


def require_encoding(syntax: UID) -> None:
    """Raise `ObjectRefused` for a transfer syntax that is private, retired into nothing, or of a video."""
    known = syntax in UID_dictionary and syntax.is_transfer_syntax
    if not known or any(word in syntax.name.lower() for word in _VIDEO):
        raise ObjectRefused(RefusalReason.UNSUPPORTED_ENCODING, "the transfer syntax is not one that can be checked")
