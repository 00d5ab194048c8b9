"""The ledger: every identifier that a study holds is in it, and every one in it is in the study."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import pydicom
from pydicom.dataelem import DataElement

from generation.phantom import PhantomStudy

NAMING = {
    *("PatientName", "PatientID", "IssuerOfPatientID", "PatientBirthDate", "PatientMotherBirthName", "PatientAddress"),
    *("PatientTelephoneNumbers", "PersonTelephoneNumbers", "AccessionNumber", "StudyID", "InstitutionName"),
    *("InstitutionAddress", "InstitutionalDepartmentName", "StationName", "DeviceSerialNumber", "StudyDate"),
    *("ReferringPhysicianName", "NameOfPhysiciansReadingStudy", "PerformingPhysicianName", "OperatorsName"),
    *("RequestingPhysician", "RequestedProcedureID", "ScheduledProcedureStepID", "SeriesDate", "ContentDate"),
    *("AcquisitionDate", "InstanceCreationDate", "ModifyingSystem", "SourceOfPreviousValues"),
}
"""Elements whose whole value names someone or something."""


def _elements(dataset: pydicom.Dataset, depth: int = 0) -> Iterator[tuple[int, DataElement]]:
    for element in dataset:
        if element.VR == "SQ":
            for item in element.value:
                yield from _elements(item, depth + 1)
        else:
            yield depth, element


def _of(study: PhantomStudy) -> list[tuple[int, DataElement]]:
    return list(_elements(pydicom.dcmread(BytesIO(study.objects[0].content), stop_before_pixels=True)))


def test_whatever_names_someone_is_in_the_ledger(studies: tuple[PhantomStudy, ...]) -> None:
    for study in studies:
        for _, element in _of(study):
            if element.keyword in NAMING or element.VR == "PN":
                assert str(element.value) in study.phi, element.keyword


def test_whatever_is_in_the_ledger_is_planted(studies: tuple[PhantomStudy, ...]) -> None:
    for study in studies:
        held = [study.report, *(str(element.value) for _, element in _of(study))]
        assert [value for value in study.phi if not any(value in text for text in held)] == []
        assert len(set(study.phi)) == len(study.phi) >= 20
        assert all(len(value) >= 3 for value in study.phi)


def test_it_is_planted_at_the_top_nested_private_and_in_text(studies: tuple[PhantomStudy, ...]) -> None:
    for study in studies:
        elements = _of(study)
        assert {depth for depth, element in elements if str(element.value) in study.phi} == {0, 1, 2}
        private = [str(element.value) for _, element in elements if element.tag.is_private]
        assert sum(value in study.phi for value in private) >= 2
        loose = [str(e.value) for _, e in elements if e.VR in ("LO", "LT", "SH") and str(e.value) not in study.phi]
        assert any(value in text for value in study.phi for text in loose)
        assert sum(value in study.report for value in study.phi) >= 7


def test_languages_have_names_of_their_own_script(studies: tuple[PhantomStudy, ...]) -> None:
    charsets = set()
    for study in studies:
        dataset = pydicom.dcmread(BytesIO(study.objects[0].content), stop_before_pixels=True)
        chinese = study.truth.language.value == "zh"
        assert bool(dataset.PatientName.ideographic) == chinese
        assert str(dataset.PatientName).isascii() != chinese
        charsets.add(dataset.SpecificCharacterSet)
    assert len(charsets) >= 2
