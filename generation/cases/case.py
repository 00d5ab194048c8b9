"""A case: what one study of one patient came to, after de-identification. It is a source like any document.

Every uid, patient and accession here is a pseudonym made with the site's key; images are content addresses.
"""

from __future__ import annotations

from enum import StrEnum

import orjson
from pydantic import Field

from generation.ids import digest
from generation.model import Growing
from generation.sources import Language

CASE_MEDIA_TYPE = "application/vnd.spinestream.case+json"
"""The media type of a case's canonical bytes."""

_ADDRESS = "^[0-9a-f]{64}$"


class Modality(StrEnum):
    """The modalities that cases are made of (DICOM (0008,0060))."""

    CR = "CR"
    """Computed radiography."""
    DX = "DX"
    """Digital radiography."""
    CT = "CT"
    """Computed tomography."""
    MR = "MR"
    """Magnetic resonance."""


class Plane(StrEnum):
    """How a slice or projection lies."""

    SAGITTAL = "sagittal"
    """A slice that parts left from right."""
    CORONAL = "coronal"
    """A slice that parts front from back."""
    AXIAL = "axial"
    """A slice across the body."""
    LATERAL = "lateral"
    """A projection from the side."""
    FRONTAL = "frontal"
    """A projection from front or back (AP, PA)."""


class CaseInstance(Growing):
    """One de-identified DICOM object."""

    uid: str
    """Its SOP Instance UID."""
    blob: str = Field(pattern=_ADDRESS)
    """sha256 of its de-identified bytes."""


class CaseSeries(Growing):
    """One series of a study."""

    uid: str
    modality: Modality
    plane: Plane | None = None
    """None where the header does not tell."""
    instances: tuple[CaseInstance, ...] = Field(min_length=1)
    """In the order of their place in space, else of their instance numbers."""


class KeySlice(Growing):
    """A picture rendered from an instance, by a stated rule."""

    image: str = Field(pattern=_ADDRESS)
    """sha256 of its PNG bytes: 8 bits, grey."""
    series: str
    instance: str
    modality: Modality
    plane: Plane | None = None
    window_center: float
    """Stored values × slope + intercept (CT: HU)."""
    window_width: float = Field(gt=0)
    rule: str
    """Why this slice and this window, by the name of the rule: `middle-sagittal`, `projection`."""


def case_id(study: str) -> str:
    """Return the id, as a source, of the case of a study (its pseudonymous uid)."""
    return f"case-{digest(study.encode())[:24]}"


class Case(Growing):
    """What a `source registered` event of a case points to."""

    study: str
    """Study Instance UID."""
    patient: str
    """Decides the split: every study of a patient lies in the same one."""
    epoch: str
    """Id of the key that the pseudonyms were made with."""
    language: Language
    """The report's; English where there is none."""
    report: str = ""
    """The report's text; empty where none came."""
    series: tuple[CaseSeries, ...] = ()
    slices: tuple[KeySlice, ...] = ()
    """In the order in which a model is shown them."""
    phantom: bool = False
    """True when the study was made by `spinestream phantom` and is nobody's."""

    @property
    def source_id(self) -> str:
        """The id of the case as a source; a late arrival makes a new version of it."""
        return case_id(self.study)

    def content(self) -> bytes:
        """Return the canonical bytes, whose sha256 is the source version."""
        return orjson.dumps(self.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)
