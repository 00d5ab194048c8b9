"""De-identifying one DICOM object: bytes in, bytes out, or a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from types import MappingProxyType

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from streams.intake.deid.errors import ObjectRefused, RefusalReason
from streams.intake.deid.identities import Identities
from streams.intake.deid.keep import PHANTOM_MAKER
from streams.intake.deid.objects import require_encoding, require_supported
from streams.intake.deid.parser import parse
from streams.intake.deid.pixels import clean_pixels
from streams.intake.deid.pseudonyms import Pseudonyms
from streams.intake.deid.rules import Rule
from streams.intake.deid.search import residual_hits
from streams.intake.deid.settings import DateMode, DeidSettings
from streams.intake.deid.table import EDITION
from streams.intake.deid.walk import Walker

METHOD = f"spinestream PS3.15 E.1-1 {EDITION}"
"""What (0012,0063) says of the method."""
_IMPLEMENTATION = "2.25.277190842236284937107266133837402950163"
_PIXELS = 0x7FE00010
_NONE: Mapping[int, Rule] = MappingProxyType({})


@dataclass(frozen=True)
class CleanInstance:
    """An object that may leave the gateway. All ids are pseudonyms."""

    content: bytes
    """The file, in the transfer syntax it came in."""
    study: str
    series: str
    instance: str
    patient: str
    modality: str
    """CR, DX, CT or MR, by the SOP class."""
    identities: Identities
    """What the original's header named; for its report, and never to be stored."""
    phantom: bool
    """True when the study was made by `spinestream phantom`."""


def patient_of(dataset: Dataset) -> str:
    """Return what stands for the patient: the patient id, or the study's UID where it is empty."""
    return str(dataset.get("PatientID", "") or "").strip(" \0") or str(dataset.get("StudyInstanceUID", "")).strip(" \0")


def encoding_of(dataset: Dataset) -> UID:
    """Return the transfer syntax, told from the parse where the file has no meta header."""
    meta = getattr(dataset, "file_meta", None)
    named = str(meta.get("TransferSyntaxUID", "")).strip(" \0") if meta is not None else ""
    if named:
        return UID(named)
    implicit, little = dataset.original_encoding
    return ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian if little else ExplicitVRBigEndian


def _mark(clean: Dataset, settings: DeidSettings, burned_in: str) -> None:
    """Write what was done into the object: the method, its codes, and what is true of dates and identity."""
    codes = ["113100", "113103", "113104", "113105"]
    if settings.mode is DateMode.SHIFT:
        codes.append("113107")
    if settings.keep_age or settings.keep_sex:
        codes.append("113108")
    items = []
    for code in codes:
        item = Dataset()
        item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code, "DCM", _OPTIONS[code]
        items.append(item)
    clean.PatientIdentityRemoved = "YES" if burned_in == "NO" else "NO"
    clean.DeidentificationMethod = METHOD
    clean.DeidentificationMethodCodeSequence = Sequence(items)
    clean.LongitudinalTemporalInformationModified = "MODIFIED"


_OPTIONS = {
    "113100": "Basic Application Confidentiality Profile",
    "113103": "Clean Graphics Option",
    "113104": "Clean Structured Content Option",
    "113105": "Clean Descriptors Option",
    "113107": "Retain Longitudinal Temporal Information Modified Dates Option",
    "113108": "Retain Patient Characteristics Option",
}
"""PS3.16 CID 7050: what (0012,0064) may name."""


def _written(clean: Dataset, syntax: UID) -> bytes:
    """Return the file: an empty preamble, a new meta header, the cleaned elements."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = clean.SOPClassUID
    meta.MediaStorageSOPInstanceUID = clean.SOPInstanceUID
    meta.TransferSyntaxUID = syntax
    meta.ImplementationClassUID = UID(_IMPLEMENTATION)
    meta.ImplementationVersionName = "SPINESTREAM"
    clean.file_meta = meta
    clean.preamble = b"\0" * 128
    out = BytesIO()
    clean.save_as(out, enforce_file_format=True)
    return out.getvalue()


def _rewritten(dataset: Dataset, walker: Walker) -> bytes:
    syntax = encoding_of(dataset)
    clean = walker.walk(dataset)
    clean_pixels(dataset, clean, syntax)
    _mark(clean, walker.settings, str(dataset.get("BurnedInAnnotation", "")).strip(" \0").upper())
    implicit, little = dataset.original_encoding
    clean.set_original_encoding(implicit, little, "iso8859")
    return _written(clean, syntax)


def _is_phantom(dataset: Dataset) -> bool:
    made = str(dataset.get("Manufacturer", "")).strip(" \0") == PHANTOM_MAKER
    return made and str(dataset.get("ContentQualification", "")).strip(" \0") == "RESEARCH"


def deidentify_instance(
    content: bytes, pseudonyms: Pseudonyms, settings: DeidSettings, exceptions: Mapping[int, Rule] = _NONE
) -> CleanInstance:
    """Return the object rewritten, searched and found clean. Raises `ObjectRefused` for every other outcome.

    `exceptions` replaces rules by tag: it is there so that a test can take a rule away and see the search find it.
    """
    try:
        return _cleaned(parse(content), pseudonyms, settings, exceptions)
    except ObjectRefused:
        raise
    except Exception as error:  # noqa: BLE001 - a damaged value fails anywhere, in words that may quote it
        raise ObjectRefused(RefusalReason.NOT_WRITABLE, f"could not be rewritten ({type(error).__name__})") from None


def _cleaned(
    dataset: Dataset, pseudonyms: Pseudonyms, settings: DeidSettings, exceptions: Mapping[int, Rule]
) -> CleanInstance:
    modality = require_supported(dataset)
    require_encoding(encoding_of(dataset))
    identities = Identities()
    identities.add_dataset(dataset)
    walker = Walker(pseudonyms, settings, patient_of(dataset), exceptions)
    written = _rewritten(dataset, walker)
    require_clean(written, identities, settings)
    return CleanInstance(
        content=written,
        study=pseudonyms.uid(str(dataset.StudyInstanceUID)),
        series=pseudonyms.uid(str(dataset.SeriesInstanceUID)),
        instance=pseudonyms.uid(str(dataset.SOPInstanceUID)),
        patient=pseudonyms.patient(walker.patient),
        modality=modality,
        identities=identities,
        phantom=_is_phantom(dataset),
    )


def require_clean(content: bytes | str, identities: Identities, settings: DeidSettings) -> None:
    """Raise `ObjectRefused` where the residual search finds anything; it names kinds and places only."""
    hits = residual_hits(content, identities, settings.mode)
    if hits:
        found = ", ".join(sorted({f"{hit.kind.value} in {hit.place} ({hit.form})" for hit in hits}))
        raise ObjectRefused(RefusalReason.RESIDUAL, f"{len(hits)} left: {found}")
