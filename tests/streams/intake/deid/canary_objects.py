"""A magnetic resonance object with a planted identifier in every kind of place that an object has."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from pydicom import DataElement, Dataset, FileMetaDataset, Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian

MR = "1.2.840.10008.5.1.4.1.1.4"
SR = "1.2.840.10008.5.1.4.1.1.88.11"
SIZE = 32


@dataclass(frozen=True)
class Canary:
    content: bytes
    planted: dict[str, str]
    """The identifier in each place, by a name of the place."""


class _Planter:
    def __init__(self) -> None:
        self.planted: dict[str, str] = {}

    def __call__(self, place: str) -> str:
        value = f"Canar{chr(97 + len(self.planted) // 26)}{chr(97 + len(self.planted) % 26)}x{len(self.planted) + 100}"
        self.planted[place] = value
        return value

    def uid(self, place: str) -> str:
        value = f"1.2.826.0.1.3680043.8.498.77{len(self.planted):03}"
        self.planted[place] = value
        return value

    def date(self, place: str) -> str:
        value = f"19{60 + len(self.planted) % 39:02}0{1 + len(self.planted) % 9}17"
        self.planted[place] = value
        return value


def item(**values: object) -> Dataset:
    dataset = Dataset()
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return dataset


def image_object(plant: _Planter | None = None, **values: object) -> Dataset:
    """A small MR image with nothing but what it must have; `values` replace or add elements."""
    pixels = np.random.default_rng(7).integers(0, 4096, (SIZE, SIZE), dtype=np.uint16)
    dataset = item(
        SOPClassUID=MR,
        SOPInstanceUID="1.2.826.0.1.3680043.8.498.1.1",
        StudyInstanceUID="1.2.826.0.1.3680043.8.498.1.2",
        SeriesInstanceUID="1.2.826.0.1.3680043.8.498.1.3",
        Modality="MR",
        ImageType=["ORIGINAL", "PRIMARY"],
        PatientID="PAT-20931",
        PatientName="Doe^John",
        StudyDate="20240315",
        BurnedInAnnotation="NO",
        Rows=SIZE,
        Columns=SIZE,
        SamplesPerPixel=1,
        PhotometricInterpretation="MONOCHROME2",
        BitsAllocated=16,
        BitsStored=12,
        HighBit=11,
        PixelRepresentation=0,
    )
    dataset.PixelData = pixels.tobytes()
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return dataset


def file_of(dataset: Dataset, preamble: bytes = b"\0" * 128, **meta: object) -> bytes:
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.file_meta.TransferSyntaxUID = UID(str(meta.pop("TransferSyntaxUID", ExplicitVRLittleEndian)))
    for keyword, value in meta.items():
        setattr(dataset.file_meta, keyword, value)
    dataset.preamble = preamble
    out = io.BytesIO()
    dataset.save_as(out, enforce_file_format=True)
    return out.getvalue()


def canary(sop_class: str = MR, syntax: str = ExplicitVRLittleEndian) -> Canary:
    """The object with its planted identifiers, 56 of them."""
    plant = _Planter()
    dataset = image_object(SOPClassUID=sop_class)
    _plant_top(dataset, plant)
    _plant_nested(dataset, plant)
    _plant_odd(dataset, plant)
    content = file_of(
        dataset,
        TransferSyntaxUID=syntax,
        preamble=plant("preamble").encode().ljust(128, b"\0"),
        SourceApplicationEntityTitle=plant("meta: source AE"),
        SendingApplicationEntityTitle=plant("meta: sending AE"),
        ImplementationVersionName=plant("meta: implementation"),
        PrivateInformationCreatorUID="1.2.3.4",
        PrivateInformation=plant("meta: private").encode(),
    )
    return Canary(content, plant.planted)


def _plant_top(dataset: Dataset, plant: _Planter) -> None:
    dataset.PatientName = f"{plant('family name')}^{plant('given name')}"
    dataset.PatientID = plant("patient id")
    dataset.OtherPatientIDs = [plant("other id"), "x"]
    dataset.AccessionNumber = plant("accession")
    dataset.PatientBirthDate = plant.date("birth date")
    dataset.StudyDate = plant.date("study date")
    dataset.AcquisitionDateTime = plant.date("acquisition time") + "101500"
    dataset.StudyInstanceUID = plant.uid("study uid")
    dataset.SeriesInstanceUID = plant.uid("series uid")
    dataset.SOPInstanceUID = plant.uid("instance uid")
    dataset.FrameOfReferenceUID = plant.uid("frame uid")
    dataset.ReferringPhysicianName = f"{plant('physician')}^A"
    dataset.InstitutionName = plant("institution")
    dataset.InstitutionAddress = plant("address")
    dataset.PatientTelephoneNumbers = plant("telephone")
    dataset.StationName = plant("station")
    dataset.DeviceSerialNumber = plant("serial")
    dataset.StudyDescription = plant("study description")
    dataset.SeriesDescription = plant("series description")
    dataset.ProtocolName = plant("protocol")
    dataset.ImageComments = plant("comment")
    dataset.SequenceName = plant("text of no table row")
    dataset.ManufacturerModelName = plant("model")
    dataset.RetrieveAETitle = plant("AE title")
    dataset.BodyPartExamined = plant("body part").upper()[:16]
    dataset.RequestedProcedureDescription = plant("procedure")


def _plant_nested(dataset: Dataset, plant: _Planter) -> None:
    code = item(CodeValue=plant("local code"), CodingSchemeDesignator="99X", CodeMeaning=plant("code meaning"))
    dataset.ProcedureCodeSequence = Sequence([code])
    known = item(CodeValue="T-11503", CodingSchemeDesignator="SRT", CodeMeaning=plant("meaning of a known code"))
    known.InstitutionName = plant("text beside a code")
    dataset.AnatomicRegionSequence = Sequence([known])
    inner = item(ReferencedSOPClassUID=MR, ReferencedSOPInstanceUID=plant.uid("nested uid"))
    inner.PurposeOfReferenceCodeSequence = Sequence([item(CodeMeaning=plant("meaning without a code"))])
    inner.OperatorsName = plant("nested operator")
    dataset.ReferencedImageSequence = Sequence([inner])
    dataset.RequestAttributesSequence = Sequence([item(RequestedProcedureID=plant("request id"))])
    frame = item(FrameComments=plant("frame comment"), StackID=plant("stack")[:16])
    group = item(FrameContentSequence=Sequence([frame]))
    dataset.PerFrameFunctionalGroupsSequence = Sequence([group])
    old = item(PatientName=plant("original attributes"), AccessionNumber=plant("original accession"))
    dataset.OriginalAttributesSequence = Sequence([item(ModifiedAttributesSequence=Sequence([old]))])
    text = item(RelationshipType="CONTAINS", ValueType="TEXT", TextValue=plant("report text"))
    dataset.ContentSequence = Sequence([text, item(ValueType="PNAME", PersonName=plant("report person"))])


def _plant_odd(dataset: Dataset, plant: _Planter) -> None:
    block = dataset.private_block(0x0029, "ACME 1.0", create=True)
    block.add_new(0x10, "LO", plant("private text"))
    block.add_new(0x11, "SQ", Sequence([item(PatientName=plant("inside a private sequence"))]))
    block.add_new(0x12, "OB", plant("private bytes").encode().ljust(20, b"\0"))
    dataset.add(DataElement(0x60000022, "LO", plant("overlay description")))
    dataset.add(DataElement(0x60003000, "OW", plant("overlay data").encode().ljust(128, b"\0")))
    dataset.add(DataElement(0x50000022, "LO", plant("curve description")))
    dataset.add(DataElement(0x50003000, "OW", plant("curve data").encode().ljust(20, b"\0")))
    dataset.add(DataElement(0xFFFCFFFC, "OB", plant("trailing padding").encode().ljust(20, b"\0")))
    bits = np.frombuffer(dataset.PixelData, np.uint16).copy()
    hidden = plant("high bits of the pixels").encode()
    nibbles = [half for byte in hidden for half in (byte >> 4, byte & 15)]
    bits[: len(nibbles)] |= np.array(nibbles, np.uint16) << 12
    dataset.PixelData = bits.tobytes() + plant("after the pixels").encode().ljust(20, b"\0")
