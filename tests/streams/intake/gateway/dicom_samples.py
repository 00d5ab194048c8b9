"""Small DICOM objects of a patient who does not exist, with identifiers in many places."""

from __future__ import annotations

from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import numpy
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

MR, CR, SECONDARY = "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.1", "1.2.840.10008.5.1.4.1.1.7"
ROOT = "1.2.826.0.1.3680043.8.498"
IDENTIFIERS = ("Mustermann", "Erika", "PID-774411", "ACC-90917", "19610412", "Klinikum Nordstern", ROOT)
"""What no file name, record, log or case may hold."""
REPORT = """Patient: Mustermann, Erika
ID: PID-774411
Accession: ACC-90917

A large disc protrusion at L4/L5 compresses the left L5 nerve root.
"""


@dataclass(frozen=True)
class Sample:
    """What an object is made of; uids below `ROOT`."""

    number: int = 1
    study: str = "7"
    series: str = "1"
    sop_class: str = MR
    modality: str = "MR"
    patient: str = "PID-774411"
    accession: str = "ACC-90917"
    value: int = 0
    """Added to every pixel: other bytes of the same object."""

    def dataset(self) -> Dataset:
        """Return it as a data set, with file meta."""
        made = Dataset()
        made.SOPClassUID, made.Modality = self.sop_class, self.modality
        made.StudyInstanceUID = f"{ROOT}.{self.study}"
        made.SeriesInstanceUID = f"{ROOT}.{self.study}.{self.series}"
        made.SOPInstanceUID = f"{ROOT}.{self.study}.{self.series}.{self.number}"
        made.PatientName, made.PatientID, made.PatientBirthDate = "Mustermann^Erika", self.patient, "19610412"
        made.PatientSex, made.AccessionNumber, made.StudyID = "F", self.accession, ""
        made.StudyDate, made.StudyTime, made.ReferringPhysicianName = "20260311", "101500", "Weisshaupt^Kai"
        made.InstitutionName, made.Manufacturer = "Klinikum Nordstern", "ACME"
        made.BodyPartExamined, made.SeriesNumber, made.InstanceNumber = "LSPINE", "1", str(self.number)
        made.ImageType = ["ORIGINAL", "PRIMARY", "M"]
        if self.sop_class == MR:
            made.ImageOrientationPatient = [0, 1, 0, 0, 0, -1]
            made.ImagePositionPatient = [4.0 * self.number, -60.0, 60.0]
            made.PixelSpacing = [0.5, 0.5]
            made.ScanningSequence, made.SequenceVariant, made.ScanOptions = "SE", "NONE", ""
            made.MRAcquisitionType, made.EchoTime, made.EchoTrainLength = "2D", "100", "1"
        else:
            made.ViewPosition = "LL"
        made.Rows = made.Columns = 32
        made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
        made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 16, 12, 11, 0
        ramp = numpy.arange(1024, dtype=numpy.uint16) + self.number + self.value
        made.PixelData = ramp.tobytes()
        made.file_meta = FileMetaDataset()
        made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        made.file_meta.MediaStorageSOPClassUID = self.sop_class
        made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
        return made

    def content(self) -> bytes:
        """Return it as a DICOM file."""
        out = BytesIO()
        self.dataset().save_as(out, enforce_file_format=True)
        return out.getvalue()


def implicit(sample: Sample) -> bytes:
    """Return it as a file in the encoding that every sender knows."""
    dataset, out = sample.dataset(), BytesIO()
    dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    dataset.save_as(out, enforce_file_format=True)
    return out.getvalue()


def write_study(folder: Path, count: int = 3, report: str | None = REPORT, sample: Sample | None = None) -> Path:
    """Write a series and its report into a folder whose name and files tell who it is."""
    folder.mkdir(parents=True)
    for number in range(1, count + 1):
        (folder / f"Mustermann-{number}.dcm").write_bytes(replace(sample or Sample(), number=number).content())
    if report is not None:
        (folder / "report.txt").write_text(report)
    return folder


def all_bytes(*folders: Path) -> bytes:
    """Return the names and contents of everything below some folders."""
    found = []
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            found += [str(path).encode(), path.read_bytes() if path.is_file() else b""]
    return b"\n".join(found)
