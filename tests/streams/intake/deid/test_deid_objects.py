"""Objects: what is refused and why, what the rules make of values, and that dates, pixels and codes stay of use."""

from __future__ import annotations

import io
from contextlib import suppress
from datetime import date, timedelta

import numpy as np
import pydicom
import pytest
from canary_objects import file_of, image_object, item
from hypothesis import given
from hypothesis import strategies as st
from pydicom import Dataset, Sequence
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGBaseline8Bit

from streams.intake.deid import (
    DEFAULT_DEID,
    DateMode,
    DeidSettings,
    ObjectRefused,
    Pseudonyms,
    RefusalReason,
    deidentify_instance,
    original_keys,
)
from streams.intake.deid.dates import kept_tm, moved_da, moved_dt
from streams.intake.deid.pixels import clean_frame
from streams.intake.deid.rules import Rule, rule_of
from streams.intake.deid.table import Action, actions

PSEUDONYMS = Pseudonyms(b"k" * 32)
ROOT = "1.2.840.10008.5.1.4.1.1."


def clean(dataset: Dataset, settings: DeidSettings = DEFAULT_DEID) -> Dataset:
    return pydicom.dcmread(io.BytesIO(deidentify_instance(file_of(dataset), PSEUDONYMS, settings).content))


def reason(content: bytes) -> RefusalReason:
    with pytest.raises(ObjectRefused) as refused:
        deidentify_instance(content, PSEUDONYMS, DEFAULT_DEID)
    return refused.value.reason


@pytest.mark.parametrize(
    ("sop_class", "why"),
    [
        (ROOT + "88.33", RefusalReason.STRUCTURED_REPORT),
        (ROOT + "88.59", RefusalReason.STRUCTURED_REPORT),
        (ROOT + "104.1", RefusalReason.ENCAPSULATED_DOCUMENT),
        (ROOT + "7", RefusalReason.SECONDARY_CAPTURE),
        (ROOT + "11.1", RefusalReason.PRESENTATION_STATE),
        (ROOT + "6.1", RefusalReason.UNSUPPORTED_CLASS),
        (ROOT + "66.4", RefusalReason.UNSUPPORTED_CLASS),
        ("1.2.3.4.5", RefusalReason.UNSUPPORTED_CLASS),
    ],
)
def test_other_classes_are_refused(sop_class, why) -> None:
    assert reason(file_of(image_object(SOPClassUID=sop_class))) is why


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"BurnedInAnnotation": "YES"}, RefusalReason.BURNED_IN),
        ({"ConversionType": "WSD"}, RefusalReason.SECONDARY_CAPTURE),
        ({"ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"]}, RefusalReason.SECONDARY_CAPTURE),
        ({"StudyInstanceUID": ""}, RefusalReason.BROKEN),
        ({"Rows": 999}, RefusalReason.NO_PIXELS),
        ({"PixelData": b""}, RefusalReason.NO_PIXELS),
    ],
)
def test_objects_that_may_show_or_lack_something_are_refused(values, why) -> None:
    assert reason(file_of(image_object(**values))) is why


@pytest.mark.parametrize("content", [b"", b"no DICOM at all", b"\0" * 400, b"\0" * 128 + b"DICM" + b"\xff" * 60])
def test_what_is_no_object_is_refused(content) -> None:
    assert reason(content) is RefusalReason.BROKEN
    with pytest.raises(ObjectRefused):
        original_keys(content)


def test_a_video_is_refused() -> None:
    content = file_of(image_object()).replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.9\0")
    assert reason(content) is RefusalReason.UNSUPPORTED_ENCODING


@given(st.binary(max_size=80), st.integers(132, 900))
def test_damage_never_gets_through_as_another_error(noise: bytes, at: int) -> None:
    content = file_of(image_object())
    damaged = content[:at] + noise + content[at + len(noise) :]
    with suppress(ObjectRefused):
        assert b"Doe^John" not in deidentify_instance(damaged, PSEUDONYMS, DEFAULT_DEID).content


def test_the_table_is_the_edition_it_says() -> None:
    assert len(actions()) == 655 - 3
    assert actions()[0x00100010] is Action.Z
    assert actions()[0x00081140] is Action.X_Z_U


def test_no_row_of_the_table_is_kept_as_it_is() -> None:
    assert {rule_of(tag) for tag in actions()}.isdisjoint({Rule.KEEP, Rule.TERM, Rule.NUMBER, Rule.KEEP_ANY})


def test_intervals_between_dates_of_a_patient_are_kept_over_studies() -> None:
    first = clean(image_object(StudyDate="20240315", AcquisitionDateTime="20240316101500.25"))
    second = clean(image_object(StudyDate="20230301", StudyInstanceUID="1.2.3.4.5.6.7.8.9"))
    days = [pydicom.valuerep.DA(value.StudyDate) for value in (first, second)]
    assert days[0] - days[1] == date(2024, 3, 15) - date(2023, 3, 1)
    assert first.AcquisitionDateTime[8:] == "101500.25"
    assert pydicom.valuerep.DA(first.AcquisitionDateTime[:8]) - days[0] == timedelta(days=1)


@given(st.dates(date(1600, 1, 1), date(2999, 12, 31)), st.integers(1, 3650))
def test_days_move_back_in_both_forms(day: date, offset: int) -> None:
    to = (day - timedelta(days=offset)).strftime("%Y%m%d").rjust(8, "0")
    assert moved_da(day.strftime("%Y%m%d").rjust(8, "0"), offset, DateMode.SHIFT) == to
    assert moved_da(day.strftime("%Y.%m.%d").rjust(10, "0"), offset, DateMode.SHIFT) == to
    assert moved_dt(day.strftime("%Y%m%d").rjust(8, "0") + "1200+0100", offset, DateMode.SHIFT) == to + "1200"


@given(st.text(max_size=12))
def test_what_is_no_date_or_time_leaves_nothing(text: str) -> None:
    if any(char not in "0123456789.-/:+ \0" for char in text):
        assert not any(
            (moved_da(text, 5, DateMode.SHIFT), moved_dt(text, 5, DateMode.SHIFT), kept_tm(text, DateMode.SHIFT))
        )


def test_years_only() -> None:
    settings = DeidSettings(mode=DateMode.YEAR_ONLY)
    result = clean(image_object(StudyTime="101112", AcquisitionDateTime="20240316101500"), settings)
    assert (result.StudyDate, result.StudyTime, result.AcquisitionDateTime) == ("20240101", "000000", "20240101000000")
    assert "113107" not in {code.CodeValue for code in result.DeidentificationMethodCodeSequence}


@pytest.mark.parametrize(
    ("age", "kept"),
    [("045Y", "045Y"), ("089Y", "089Y"), ("090Y", "090Y"), ("104Y", "090Y"), ("011M", "011M"), ("old", "")],
)
def test_ages(age, kept) -> None:
    dataset = image_object()
    dataset.add(pydicom.DataElement(0x00101010, "AS", age, validation_mode=0))
    assert clean(dataset).PatientAge == kept
    assert clean(dataset, DeidSettings(keep_age=False)).PatientAge == ""


def test_sex_is_kept_only_where_the_site_wants_it() -> None:
    assert clean(image_object(PatientSex="F")).PatientSex == "F"
    assert clean(image_object(PatientSex="F"), DeidSettings(keep_sex=False)).PatientSex == ""


def test_a_known_code_gets_the_standard_meaning_and_another_goes() -> None:
    known = item(CodeValue="122496007", CodingSchemeDesignator="SCT", CodeMeaning="what John has")
    local = item(CodeValue="LOCAL7", CodingSchemeDesignator="99HOSP", CodeMeaning="what John has")
    dataset = image_object(AnatomicRegionSequence=Sequence([known]), ProcedureCodeSequence=Sequence([local]))
    result = clean(dataset)
    assert result.AnatomicRegionSequence[0].CodeMeaning.startswith("Lumbar spine structure")
    assert "ProcedureCodeSequence" not in result


def test_technical_values_stay_and_free_text_goes() -> None:
    kept = {
        "KVP": 120,
        "EchoTime": 12.5,
        "PatientPosition": "HFS",
        "BodyPartExamined": "LSPINE",
        "MagneticFieldStrength": 3,
    }
    result = clean(image_object(**kept, RescaleType="HU", SeriesDescription="t2", SequenceName="x", FilterType="y"))
    assert {keyword: result.get(keyword) for keyword in kept} == kept
    assert result.RescaleType == "HU"
    assert not {"SeriesDescription", "SequenceName", "FilterType"} & set(result.dir())


def test_terms_and_numbers_that_are_none_go() -> None:
    dataset = image_object(BodyPartExamined="SMITHSON", ImageType=["ORIGINAL", "PRIMARY", "ID1234567"])
    dataset.add(pydicom.DataElement(0x00180050, "DS", "1.0", validation_mode=0))
    content = file_of(dataset).replace(b"DS\x04\x001.0 ", b"DS\x04\x00Jane")
    result = pydicom.dcmread(io.BytesIO(deidentify_instance(content, PSEUDONYMS, DEFAULT_DEID).content))
    assert list(result.ImageType) == ["ORIGINAL", "PRIMARY", ""]
    assert result.BodyPartExamined in ("", None)
    assert "SliceThickness" not in result


def test_identity_is_called_removed_only_where_the_pixels_are_said_to_be_clean() -> None:
    unknown = image_object()
    del unknown.BurnedInAnnotation
    assert clean(image_object()).PatientIdentityRemoved == "YES"
    assert clean(unknown).PatientIdentityRemoved == "NO"


def test_only_a_whole_claim_makes_a_phantom() -> None:
    def phantom(**values: str) -> bool:
        return deidentify_instance(file_of(image_object(**values)), PSEUDONYMS, DEFAULT_DEID).phantom

    assert phantom(Manufacturer="spinestream phantom", ContentQualification="RESEARCH")
    assert not phantom(Manufacturer="spinestream phantom")
    assert not phantom(Manufacturer="spinestream phantoms", ContentQualification="RESEARCH")


def test_signed_pixels_keep_their_sign_and_padding_its_value() -> None:
    values = np.array([-5, 7, -2048, 2047], np.int16).repeat(256)
    dataset = image_object(PixelRepresentation=1, PixelData=values.tobytes())
    assert (clean(dataset).pixel_array.ravel() == values).all()
    padded = np.array([5, 63536, 7, 9], np.uint16).repeat(256)
    dataset = image_object(PixelData=padded.tobytes(), PixelPaddingValue=63536)
    assert np.frombuffer(clean(dataset).PixelData, np.uint16)[256] == 63536


COMMENT = b"\xff\xfe\x00\x0aJane Doe"
JPEG = b"\xff\xd8" + COMMENT + b"\xff\xdb\x00\x04\x00\x01" + b"\xff\xda\x00\x02scan\xff\xd9"


def test_the_end_of_a_frame_is_the_first_end_marker_outside_a_segment() -> None:
    two_scans = JPEG[:-2] + b"\xff\xc4\x00\x06\xff\xd9ab" + b"\xff\xda\x00\x02more\xff\x00\xff\xd9"
    assert clean_frame(two_scans + b"Jane\xff\xd9") == clean_frame(two_scans)
    assert clean_frame(two_scans).endswith(b"more\xff\x00\xff\xd9")
    tile = b"\xff\x90\x00\x04\xff\xd9" + b"\xff\x64\x00\x06Jane" + b"\xff\x93data\xff\x10\xff\xd9"
    assert clean_frame(b"\xff\x4f" + tile + b"Jane\xff\xd9") == b"\xff\x4f" + tile.replace(b"Jane", b"\0" * 4)


def test_comments_inside_compressed_frames_and_bytes_behind_them_go() -> None:
    cleaned = clean_frame(JPEG + b"Jane Doe")
    assert len(cleaned) == len(JPEG)
    assert b"Jane" not in cleaned
    assert cleaned.replace(b"\0" * 8, b"Jane Doe", 1) == JPEG


def test_a_compressed_object_stays_compressed() -> None:
    dataset = image_object(BitsAllocated=8, BitsStored=8, HighBit=7, PixelData=encapsulate([JPEG]))
    dataset["PixelData"].is_undefined_length = True
    dataset["PixelData"].VR = "OB"
    content = deidentify_instance(
        file_of(dataset, TransferSyntaxUID=JPEGBaseline8Bit), PSEUDONYMS, DEFAULT_DEID
    ).content
    assert pydicom.dcmread(io.BytesIO(content)).file_meta.TransferSyntaxUID == JPEGBaseline8Bit
    assert b"Jane" not in content
    assert b"scan\xff\xd9" in content


def test_a_patient_without_an_id_is_known_by_the_study() -> None:
    keys = original_keys(file_of(image_object(PatientID="")))
    assert (keys.patient_id, keys.patient) == ("", keys.study_uid)
