"""De-identification: DICOM objects and report texts in, the same out with nothing identifying, or a refusal."""

from streams.intake.deid.errors import ObjectRefused, RefusalReason
from streams.intake.deid.identities import Identities, IdentityKind
from streams.intake.deid.instance import CleanInstance, deidentify_instance
from streams.intake.deid.keys import OriginalKeys, original_keys
from streams.intake.deid.pseudonyms import Pseudonyms
from streams.intake.deid.search import Hit, residual_hits
from streams.intake.deid.settings import DEFAULT_DEID, DateMode, DeidSettings
from streams.intake.deid.text import CleanText, deidentify_report

__all__ = [
    "DEFAULT_DEID",
    "CleanInstance",
    "CleanText",
    "DateMode",
    "DeidSettings",
    "Hit",
    "Identities",
    "IdentityKind",
    "ObjectRefused",
    "OriginalKeys",
    "Pseudonyms",
    "RefusalReason",
    "deidentify_instance",
    "deidentify_report",
    "original_keys",
    "residual_hits",
]
