"""Where a header names people and places: at its top, in nested sequences, in private elements and free text."""

from __future__ import annotations

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from generation.phantom.identity import Identity, Person

_BLOCK = 0x0019
_CREATOR = "SPINESTREAM TEST"
"""The creator of the private block."""


def _item(**elements: object) -> Sequence:
    """A sequence of one item."""
    item = Dataset()
    for keyword, value in elements.items():
        setattr(item, keyword, value)
    return Sequence([item])


def plant_patient(dataset: Dataset, who: Identity) -> None:
    """Fill the patient module and what hospitals add to it."""
    dataset.PatientName = who.patient.dicom
    dataset.PatientID = who.patient_id
    dataset.IssuerOfPatientID = who.institution
    dataset.PatientBirthDate = f"{who.birth:%Y%m%d}"
    dataset.PatientSex = who.sex
    dataset.PatientAge = f"{who.age:03}Y"
    dataset.OtherPatientIDsSequence = _item(
        PatientID=who.other_id, IssuerOfPatientID=who.institution, TypeOfPatientID="TEXT"
    )
    dataset.PatientMotherBirthName = who.mother.dicom
    dataset.PatientAddress = who.address
    dataset.PatientTelephoneNumbers = who.phone
    dataset.PatientComments = f"Call {who.phone} after the scan"
    dataset.EthnicGroup = ""
    dataset.Occupation = ""


def plant_study(dataset: Dataset, who: Identity, description: str) -> None:
    """Fill the study module, the people of the series, the equipment, and the request with its nested names."""
    dataset.AccessionNumber = who.accession
    dataset.StudyID = who.study_id
    dataset.StudyDescription = f"{description} / {who.referring.written}"
    dataset.ReferringPhysicianName = who.referring.dicom
    dataset.ReferringPhysicianIdentificationSequence = _identified(who.referring, who)
    dataset.NameOfPhysiciansReadingStudy = who.reading.dicom
    dataset.PerformingPhysicianName = who.performing.dicom
    dataset.OperatorsName = who.operator.dicom
    dataset.InstitutionName = who.institution
    dataset.InstitutionAddress = who.address
    dataset.InstitutionalDepartmentName = who.department
    dataset.StationName = who.station
    dataset.DeviceSerialNumber = who.serial
    dataset.RequestingPhysician = who.referring.dicom
    dataset.RequestAttributesSequence = _item(
        RequestedProcedureID=who.accession,
        ScheduledProcedureStepID=who.study_id,
        RequestedProcedureDescription=f"{description}, {who.patient.written}",
    )
    dataset.RequestedProcedureComments = f"{who.patient.written}, {who.national_id}"


def _identified(person: Person, who: Identity) -> Sequence:
    """A person as an item of an identification sequence, with a name in a code's meaning."""
    code = _item(CodeValue=who.station, CodingSchemeDesignator="99SSP", CodeMeaning=person.written)
    return _item(
        PersonIdentificationCodeSequence=code,
        PersonTelephoneNumbers=who.physician_phone,
        InstitutionName=who.institution,
    )


def plant_history(dataset: Dataset, who: Identity) -> None:
    """Plant the patient in what the object was before (two sequences deep) and in a private block with a sequence."""
    before = _item(PatientName=who.patient.dicom, PatientID=who.other_id)
    dataset.OriginalAttributesSequence = _item(
        SourceOfPreviousValues=who.institution,
        AttributeModificationDateTime=f"{who.study:%Y%m%d}{who.time}",
        ModifyingSystem=who.station,
        ReasonForTheAttributeModification="CORRECT",
        ModifiedAttributesSequence=before,
    )
    block = dataset.private_block(_BLOCK, _CREATOR, create=True)
    block.add_new(0x01, "LO", who.patient.written)
    block.add_new(0x02, "LO", who.national_id)
    block.add_new(0x03, "SQ", _item(PatientName=who.patient.dicom, PatientTelephoneNumbers=who.phone))
