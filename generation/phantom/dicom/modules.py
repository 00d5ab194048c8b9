"""The modules of each kind of object (PS3.3 A.2, A.3, A.4, A.26), as far as they do not depend on the picture."""

from __future__ import annotations

from collections.abc import Callable

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    UID,
    ComputedRadiographyImageStorage,
    CTImageStorage,
    DigitalXRayImageStorageForPresentation,
    MRImageStorage,
)

from generation.cases import Modality, Plane
from generation.phantom.pictures import Series
from generation.phantom.truth import Part

SOP_CLASSES: dict[Modality, UID] = {
    Modality.MR: MRImageStorage,
    Modality.CT: CTImageStorage,
    Modality.CR: ComputedRadiographyImageStorage,
    Modality.DX: DigitalXRayImageStorageForPresentation,
}
_BODY_PARTS = {Part.LUMBAR: "LSPINE", Part.CERVICAL: "CSPINE"}
_REGIONS = {
    Part.LUMBAR: ("122496007", "Lumbar spine"),
    Part.CERVICAL: ("122494005", "Cervical spine"),
}
"""SNOMED CT, from CID 4031."""
_VIEWS = {
    Plane.LATERAL: ("LL", "399198007", "right lateral"),
    Plane.FRONTAL: ("AP", "399348003", "antero-posterior"),
}
"""View position, and its code from CID 4010."""


def code(value: str, meaning: str, scheme: str = "SCT") -> Dataset:
    """Return a coded concept."""
    concept = Dataset()
    concept.CodeValue, concept.CodingSchemeDesignator, concept.CodeMeaning = value, scheme, meaning
    return concept


def _mr(dataset: Dataset, series: Series, part: Part) -> None:
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "OTHER"]
    dataset.ScanningSequence, dataset.SequenceVariant = "SE", "SK"
    dataset.ScanOptions, dataset.MRAcquisitionType = "", "2D"
    dataset.RepetitionTime, dataset.EchoTime, dataset.EchoTrainLength = "3500", "105", "17"
    dataset.MagneticFieldStrength, dataset.FlipAngle = "1.5", "150"
    dataset.SpacingBetweenSlices = f"{series.thickness:g}"
    dataset.PatientPosition = "HFS"
    dataset.SliceThickness = f"{series.thickness:g}"


def _ct(dataset: Dataset, series: Series, part: Part) -> None:
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.KVP, dataset.AcquisitionNumber = "120", "1"
    dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = f"{series.intercept:g}", "1", "HU"
    dataset.PatientPosition = "HFS"
    dataset.SliceThickness = f"{series.thickness:g}"


def _cr(dataset: Dataset, series: Series, part: Part) -> None:
    dataset.ImageType = ["ORIGINAL", "PRIMARY"]
    dataset.KVP, dataset.PlateID = "80", ""
    dataset.ViewPosition = _VIEWS[series.plane][0]
    dataset.ImagerPixelSpacing = [f"{step:g}" for step in series.spacing]


def _dx(dataset: Dataset, series: Series, part: Part) -> None:
    view, value, meaning = _VIEWS[series.plane]
    dataset.ImageType = ["ORIGINAL", "PRIMARY", ""]
    dataset.KVP = "80"
    dataset.PresentationIntentType = "FOR PRESENTATION"
    dataset.ViewPosition, dataset.ImageLaterality = view, "U"
    dataset.AnatomicRegionSequence = Sequence([code(*_REGIONS[part])])
    concept = code(value, meaning)
    concept.ViewModifierCodeSequence = Sequence([])
    dataset.ViewCodeSequence = Sequence([concept])
    dataset.PatientOrientation = ["P", "F"] if series.plane is Plane.LATERAL else ["L", "F"]
    dataset.PositionerType = "NONE"
    dataset.AcquisitionContextSequence = Sequence([])
    dataset.DetectorType, dataset.DetectorID = "DIRECT", ""
    dataset.DetectorConfiguration = "AREA"
    dataset.PixelIntensityRelationship, dataset.PixelIntensityRelationshipSign = "LOG", 1
    dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = "0", "1", "US"
    dataset.PresentationLUTShape, dataset.LossyImageCompression = "IDENTITY", "00"
    dataset.BurnedInAnnotation = "NO"
    dataset.ImagerPixelSpacing = [f"{step:g}" for step in series.spacing]


_MODULES: dict[Modality, Callable[[Dataset, Series, Part], None]] = {
    Modality.MR: _mr,
    Modality.CT: _ct,
    Modality.CR: _cr,
    Modality.DX: _dx,
}


def fill_modality(dataset: Dataset, series: Series, part: Part) -> None:
    """Fill the modules that a modality has of its own."""
    dataset.SOPClassUID = SOP_CLASSES[series.modality]
    dataset.Modality = series.modality.value
    dataset.BodyPartExamined = _BODY_PARTS[part]
    _MODULES[series.modality](dataset, series, part)
