"""From the pictures of a series to the bytes of its objects."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from io import BytesIO
from typing import NamedTuple

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import UID, ExplicitVRLittleEndian

from generation.cases import Modality, Plane
from generation.ids import NAMESPACE
from generation.phantom.dicom.modules import fill_modality
from generation.phantom.dicom.planted import plant_history, plant_patient, plant_study
from generation.phantom.identity import Identity
from generation.phantom.pictures import Picture, Series
from generation.phantom.truth import Part

MANUFACTURER = "spinestream phantom"
"""(0008,0070) of every object: it is nobody's. Neither this nor `QUALIFICATION` names a person, so both can be kept."""
QUALIFICATION = "RESEARCH"
"""(0018,9004) Content Qualification of every object: not for use on a patient."""
_IMPLEMENTATION = UID(f"2.25.{uuid.uuid5(NAMESPACE, 'phantom implementation').int}")
_SPATIAL = (Modality.MR, Modality.CT)


class Instance(NamedTuple):
    """One object as it lies in a file."""

    name: str
    """A file name without a path: series and number."""
    content: bytes


class Asked(NamedTuple):
    """What every object of a study shares."""

    who: Identity
    part: Part
    charset: str
    """(0008,0005): a term that can write the names."""
    key: str
    """Tells this study from every other; UIDs are made of it."""


def uid_of(key: str) -> str:
    """Return the UID of a name: `2.25.` and a name-based UUID as a number."""
    return f"2.25.{uuid.uuid5(NAMESPACE, f'phantom|{key}').int}"


def write_series(asked: Asked, series: Series, number: int) -> Iterator[Instance]:
    """Write the objects of a series, in the order of its pictures; `number` is the series' in its study, from 1."""
    dataset = _of_series(asked, series, number)
    for index, picture in enumerate(series.pictures, start=1):
        uid = uid_of(f"{asked.key}|{number}|{index}")
        _place(dataset, series, picture, index, uid)
        yield Instance(f"{series.modality.value.lower()}-{number}-{index:04}.dcm", _bytes_of(dataset, uid))


def _of_series(asked: Asked, series: Series, number: int) -> Dataset:
    who, dataset = asked.who, Dataset()
    dataset.SpecificCharacterSet = asked.charset
    plant_patient(dataset, who)
    plant_study(dataset, who, f"{series.modality.value} {asked.part.value} spine")
    plant_history(dataset, who)
    fill_modality(dataset, series, asked.part)
    day = f"{who.study:%Y%m%d}"
    dataset.StudyDate = dataset.SeriesDate = dataset.AcquisitionDate = dataset.ContentDate = day
    dataset.StudyTime = dataset.SeriesTime = dataset.AcquisitionTime = dataset.ContentTime = who.time
    dataset.InstanceCreationDate, dataset.InstanceCreationTime = day, who.time
    dataset.StudyInstanceUID = uid_of(asked.key)
    dataset.SeriesInstanceUID = uid_of(f"{asked.key}|{number}")
    dataset.SeriesNumber = number
    dataset.SeriesDescription = series.name
    dataset.ProtocolName = f"{series.name} {who.station}"
    dataset.Manufacturer, dataset.ManufacturerModelName = MANUFACTURER, "parametric column"
    dataset.SoftwareVersions = "1"
    dataset.ContentQualification = QUALIFICATION
    dataset.ImageComments = "PHANTOM"
    dataset.WindowCenter, dataset.WindowWidth = (f"{value:g}" for value in series.window)
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 12, 11, 0
    if series.modality in _SPATIAL:
        dataset.FrameOfReferenceUID = uid_of(f"{asked.key}|frame")
        dataset.PositionReferenceIndicator = ""
        dataset.ImageOrientationPatient = [f"{value:g}" for value in series.orientation]
        dataset.PixelSpacing = [f"{step:g}" for step in series.spacing]
    return dataset


def _place(dataset: Dataset, series: Series, picture: Picture, index: int, uid: str) -> None:
    """Fill what differs from one object of a series to the next."""
    dataset.SOPInstanceUID = uid
    dataset.InstanceNumber = index
    dataset.Rows, dataset.Columns = picture.pixels.shape
    dataset.PixelData = picture.pixels.astype("<u2").tobytes()
    if series.modality in _SPATIAL:
        dataset.ImagePositionPatient = [f"{value:.3f}" for value in picture.position]
        dataset.SliceLocation = f"{picture.position[0 if series.plane is Plane.SAGITTAL else 2]:.3f}"
    elif "PatientOrientation" not in dataset:
        dataset.PatientOrientation = ["P", "F"] if series.plane is Plane.LATERAL else ["L", "F"]


def _bytes_of(dataset: Dataset, uid: str) -> bytes:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = dataset.SOPClassUID, UID(uid)
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID, meta.ImplementationVersionName = _IMPLEMENTATION, "SPINESTREAM"
    dataset.file_meta = meta
    written = BytesIO()
    dcmwrite(written, dataset, enforce_file_format=True)
    return written.getvalue()
