"""The search finds an identity wherever it is left, and takes nothing for one that is none."""

from __future__ import annotations

import numpy as np
import pytest
from canary_objects import file_of, image_object
from hypothesis import given
from hypothesis import strategies as st
from pydicom import Sequence

from streams.intake.deid import (
    DEFAULT_DEID,
    DateMode,
    DeidSettings,
    Identities,
    IdentityKind,
    ObjectRefused,
    Pseudonyms,
    RefusalReason,
    deidentify_instance,
    residual_hits,
)
from streams.intake.deid.sieve import found

PSEUDONYMS = Pseudonyms(b"k" * 32)


def identities(kind: IdentityKind, *values: str) -> Identities:
    held = Identities()
    for value in values:
        held.add(kind, value)
    return held


def with_pixels(hidden: bytes, **values: object) -> bytes:
    noise = np.random.default_rng(3).integers(0, 4096, 1024, dtype=np.uint16).tobytes()
    return file_of(
        image_object(PixelData=noise[:100] + hidden + noise[100 + len(hidden) :], BitsStored=16, HighBit=15, **values)
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "gb18030"])
@pytest.mark.parametrize("name", ["Vandermeer", "VANDERMEER", "王小明之"])
@pytest.mark.parametrize("shift", [0, 1])
def test_a_name_written_into_the_pixels_is_found(name, encoding, shift) -> None:
    content = with_pixels(
        b"\1" * shift + name.encode(encoding), PatientName="Vandermeer=王小^明之", SpecificCharacterSet="ISO_IR 192"
    )
    with pytest.raises(ObjectRefused) as refused:
        deidentify_instance(content, PSEUDONYMS, DEFAULT_DEID)
    assert refused.value.reason is RefusalReason.RESIDUAL
    assert "pixels" in refused.value.detail


@pytest.mark.parametrize("patient", ["1234", "123456", "12345678", "87654321", "11111111", "Lee", "Anna"])
def test_what_occurs_in_pixels_by_chance_refuses_nothing(patient) -> None:
    content = with_pixels(patient.encode() + patient.encode("utf-16-le"), PatientID=patient, PatientName="X^Y")
    assert deidentify_instance(content, PSEUDONYMS, DEFAULT_DEID).content


def test_a_number_of_eight_digits_in_the_pixels_is_found() -> None:
    with pytest.raises(ObjectRefused):
        deidentify_instance(with_pixels(b"20931471", PatientID="20931471"), PSEUDONYMS, DEFAULT_DEID)


@pytest.mark.parametrize(
    "values",
    [
        {"PatientName": "Rossi^Gina^M"},
        {"PatientName": "F^M", "PatientSex": "F"},
        {"PatientID": "1", "StudyID": "1", "AccessionNumber": "12", "InstanceNumber": 1, "SeriesNumber": 12},
        {"DeviceSerialNumber": "000000", "SliceThickness": "0.000000"},
        {"InstitutionName": "SPINE", "InstitutionalDepartmentName": "RADIOLOGY"},
        {"StationName": "MR1", "PatientBirthDate": "00010101"},
    ],
)
def test_common_values_refuse_nothing(values) -> None:
    frames = Sequence([])
    content = file_of(image_object(**values, PerFrameFunctionalGroupsSequence=frames, RescaleType="US"))
    assert deidentify_instance(content, PSEUDONYMS, DEFAULT_DEID).content


def test_a_name_that_is_a_term_of_the_object_refuses_it() -> None:
    """Fail closed: nobody can tell whether the term or the patient is meant."""
    dataset = image_object(PatientName="Perfusion^A", ImageType=["DERIVED", "PRIMARY", "PERFUSION"])
    with pytest.raises(ObjectRefused):
        deidentify_instance(file_of(dataset), PSEUDONYMS, DEFAULT_DEID)


def test_a_first_of_january_is_left_out_where_only_years_stay() -> None:
    content = file_of(image_object(StudyDate="20240101"))
    assert deidentify_instance(content, PSEUDONYMS, DeidSettings(mode=DateMode.YEAR_ONLY)).content


@pytest.mark.parametrize(
    "written",
    [
        "Doe, John",
        "john doe",
        "JOHN_DOE",
        "Doe^John",
        "DoeJohn",
        "johndoe",
        "John  Doe\n",
        "a johndoe's",
        "x;Doe-John;",
    ],
)
def test_orders_and_separators_of_a_name(written) -> None:
    assert residual_hits(written, identities(IdentityKind.NAME, "Doe^John"))


@pytest.mark.parametrize("written", ["19700203", "1970-02-03", "03.02.1970", "2/3/1970", "Feb 3, 1970", "1970年2月3日"])
def test_spellings_of_a_date(written) -> None:
    held = identities(IdentityKind.DATE, "19700203")
    assert residual_hits(f"born {written}.", held)
    assert residual_hits(written.encode("utf-16-le"), held)
    assert not residual_hits("born 1970-02-04, 29700203, 197002031", held)


def test_a_hit_never_shows_the_value() -> None:
    hits = residual_hits("Vandermeer VmFuZGVybWVlcg==", identities(IdentityKind.NAME, "Vandermeer^A"))
    assert {hit.form for hit in hits} == {"plain", "base64"}
    assert "ander" not in repr(hits).lower()


@given(st.binary(max_size=300), st.lists(st.binary(min_size=6, max_size=12), max_size=6), st.integers(0, 300))
def test_the_sieve_finds_what_a_plain_search_finds(content, needles, at) -> None:
    low = [needle.lower() for needle in needles]
    content = content[:at] + b"".join(needles[:2]) + content[at:]
    assert found(content, low) == {needle for needle in low if needle in content.lower()}
