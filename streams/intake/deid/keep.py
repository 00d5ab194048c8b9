"""What text may stay in an object: nothing but terms on these lists. Whatever is on none of them goes."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pydicom.datadict import tag_for_keyword

REMOVED = "Removed"
"""The dummy value of a text that an object must have."""
PHANTOM_MAKER = "spinestream phantom"
"""The manufacturer that generated studies name; it stays, with the qualification RESEARCH."""


def tags(*keywords: str) -> frozenset[int]:
    """Return the tags of keywords; raises `ValueError` for one that the dictionary lacks."""
    found = {keyword: tag_for_keyword(keyword) for keyword in keywords}
    if missing := [keyword for keyword, tag in found.items() if tag is None]:
        raise ValueError(f"not in the DICOM dictionary: {missing}")
    return frozenset(tag for tag in found.values() if tag is not None)


def _one(keyword: str) -> int:
    (tag,) = tags(keyword)
    return tag


GROUPS = frozenset({0x0008, 0x0010, 0x0018, 0x0020, 0x0028, 0x0040, 0x0054, 0x2050, 0x5200, 0x7FE0})
"""The only groups of which anything stays."""

BULK = tags(
    "PixelData",
    "LUTData",
    "RedPaletteColorLookupTableData",
    "GreenPaletteColorLookupTableData",
    "BluePaletteColorLookupTableData",
)
"""Binary elements that stay: pixels and the tables that show them."""

MOVED = tags(
    "StudyDate",
    "StudyTime",
    "SeriesDate",
    "SeriesTime",
    "AcquisitionDate",
    "AcquisitionTime",
    "AcquisitionDateTime",
    "ContentDate",
    "ContentTime",
    "InstanceCreationDate",
    "InstanceCreationTime",
    "FrameAcquisitionDateTime",
    "FrameReferenceDateTime",
    "StartAcquisitionDateTime",
    "EndAcquisitionDateTime",
    "PerformedProcedureStepStartDate",
    "PerformedProcedureStepStartTime",
    "PerformedProcedureStepEndDate",
    "PerformedProcedureStepEndTime",
    "ContrastBolusStartTime",
    "ContrastBolusStopTime",
    "DateOfLastDetectorCalibration",
    "TimeOfLastDetectorCalibration",
)
"""Dates and times that are moved (option 113107); every other one goes."""

ENTERED = tags("ReferencedImageSequence", "SourceImageSequence", "ReferencedPerformedProcedureStepSequence")
"""Sequences of the table that stay with their UIDs replaced; its other sequences go."""
EMPTIED = tags("AcquisitionContextSequence")
"""Sequences of the table that some objects must have, if only empty."""

REQUIRED = tags(
    "PulseSequenceName",
    "Manufacturer",
    "ManufacturerModelName",
    "SoftwareVersions",
    "ConvolutionKernel",
    "ReceiveCoilName",
) | tags("TransmitCoilName", "ReceiveCoilManufacturerName", "TransmitCoilManufacturerName")
"""Texts of no table row that some objects must have: these become a dummy, others of their kind go."""
CONTEXT = tags(
    "ContextIdentifier",
    "ContextUID",
    "ContextGroupVersion",
    "ContextGroupLocalVersion",
    "ContextGroupExtensionFlag",
    "ContextGroupExtensionCreatorUID",
    "MappingResource",
    "MappingResourceUID",
    "MappingResourceName",
    "CodingSchemeVersion",
    "EquivalentCodeSequence",
    "CodingSchemeIdentificationSequence",
)
"""What surrounds a code without being one: goes."""

KNOWN: Mapping[int, re.Pattern[str]] = {
    _one("Manufacturer"): re.compile(PHANTOM_MAKER),
    _one("RescaleType"): re.compile(r"HU|US|OD|HU_MOD|PCT|Z_EFF|ED|EDW|MGML"),
    _one("StackID"): re.compile(r"\d{1,3}"),
    _one("BodyPartExamined"): re.compile(
        r"(?:C|T|L|S|CT|TL|LS)?SPINE|WHOLESPINE|COCCYX|SACRUM|SIJOINT|NECK|HEAD|HEADNECK|SKULL|CHEST|ABDOMEN|PELVIS"
        r"|CHESTABDOMEN|ABDOMENPELVIS|CHESTABDPELVIS|NECKCHEST|HIP|KNEE|SHOULDER|EXTREMITY|ANKLE|FOOT|HAND|WRIST|ELBOW"
        r"|LEG|ARM|FEMUR|HEART|BRAIN|BREAST|WHOLEBODY|LUMBAR|CERVICAL|THORACIC|LUMBAR SPINE|CERVICAL SPINE"
    ),
    _one("PatientSex"): re.compile("[MFO]"),
    _one("PositionReferenceIndicator"): re.compile("(?i:XY|SN|IM|OM|iliac crest|sternal notch|xiphoid)"),
}
"""Elements that stay where the value is one of these; for what is none see `INSTEAD`."""
INSTEAD: Mapping[int, str] = {_one("Manufacturer"): REMOVED, _one("RescaleType"): "US", _one("StackID"): "1"}
"""What an element of `KNOWN` becomes where its value is another; without an entry it is emptied."""
