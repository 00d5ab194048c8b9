"""Nothing planted anywhere in an object is left in what comes out; a rule taken away is found by the search."""

from __future__ import annotations

import base64
import io

import pydicom
import pytest
from canary_objects import SR, Canary, canary, file_of, image_object
from pydicom.datadict import tag_for_keyword
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian

from streams.intake.deid import (
    DEFAULT_DEID,
    CleanInstance,
    Identities,
    ObjectRefused,
    Pseudonyms,
    RefusalReason,
    deidentify_instance,
    original_keys,
    residual_hits,
)
from streams.intake.deid.rules import Rule

PSEUDONYMS = Pseudonyms(b"k" * 32)


@pytest.fixture(scope="module")
def planted() -> Canary:
    return canary()


@pytest.fixture(scope="module")
def clean(planted: Canary) -> CleanInstance:
    return deidentify_instance(planted.content, PSEUDONYMS, DEFAULT_DEID)


def forms(value: str) -> list[bytes]:
    low = value.lower()
    coded = [base64.b64encode(b"\0" * lead + value.encode())[4:-4] for lead in range(3)]
    return [low.encode(), low.encode("utf-16-le"), low.encode("utf-16-be"), low.encode("gb18030"), *coded]


def left(content: bytes, value: str) -> bool:
    """Whether a value is in the bytes in any form, in those of the header or across the pixels' high bits."""
    return any(form in content or form in content.lower() for form in forms(value))


def test_at_least_forty_identifiers_are_planted_and_all_are_in_the_input(planted) -> None:
    assert len(planted.planted) >= 40
    seen = [place for place, value in planted.planted.items() if left(planted.content, value)]
    assert set(planted.planted) - set(seen) == {"high bits of the pixels"}


def test_none_is_left(planted, clean) -> None:
    assert [place for place, value in planted.planted.items() if left(clean.content, value)] == []


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_none_is_left_in_another_encoding(planted, syntax) -> None:
    other = canary(syntax=syntax)
    assert other.planted == planted.planted
    content = deidentify_instance(other.content, PSEUDONYMS, DEFAULT_DEID).content
    assert pydicom.dcmread(io.BytesIO(content)).file_meta.TransferSyntaxUID == syntax
    assert [place for place, value in planted.planted.items() if left(content, value)] == []


def test_the_bits_beyond_the_stored_ones_are_zero_and_the_image_is_the_same(planted, clean) -> None:
    before = pydicom.dcmread(io.BytesIO(planted.content))
    after = pydicom.dcmread(io.BytesIO(clean.content))
    assert int(after.pixel_array.max()) < 4096 < int.from_bytes(before.PixelData[:2], "little")
    assert (after.pixel_array == image_object_pixels()).all()


def image_object_pixels():
    return pydicom.dcmread(io.BytesIO(file_of(image_object()))).pixel_array


def test_no_private_element_curve_or_overlay_stays_at_any_depth(clean) -> None:
    for element in pydicom.dcmread(io.BytesIO(clean.content)).iterall():
        assert not element.tag.is_private
        assert element.tag.group not in (*range(0x5000, 0x5100), *range(0x6000, 0x6100), 0xFFFC)


def test_the_preamble_is_zero_and_the_meta_header_is_ours(clean) -> None:
    assert clean.content[:128] == b"\0" * 128
    meta = pydicom.dcmread(io.BytesIO(clean.content)).file_meta
    assert {element.tag.element for element in meta} == {0x00, 0x01, 0x02, 0x03, 0x10, 0x12, 0x13}


def test_a_structured_report_is_refused(planted) -> None:
    with pytest.raises(ObjectRefused) as refused:
        deidentify_instance(canary(SR).content, PSEUDONYMS, DEFAULT_DEID)
    assert refused.value.reason is RefusalReason.STRUCTURED_REPORT
    assert not any(value in str(refused.value) for value in planted.planted.values())


def test_what_it_reports_are_pseudonyms(planted, clean) -> None:
    keys = original_keys(planted.content)
    assert (clean.study, clean.series) == (PSEUDONYMS.uid(keys.study_uid), PSEUDONYMS.uid(keys.series_uid))
    assert clean.patient == PSEUDONYMS.patient(keys.patient)
    shown = repr(clean.identities) + repr(keys) + repr(PSEUDONYMS)
    assert not any(value in shown for value in planted.planted.values())


RULES = ("PatientName", "PatientID", "StudyDate", "AccessionNumber", "StudyInstanceUID", "ReferringPhysicianName")
KEPT = ("InstitutionName", "StationName", "DeviceSerialNumber", "PatientTelephoneNumbers", "InstitutionAddress")


@pytest.mark.parametrize("keyword", [*RULES, *KEPT, "OtherPatientIDs", "PatientBirthDate", "FrameOfReferenceUID"])
def test_a_rule_taken_away_is_found_by_the_search(planted, keyword) -> None:
    tag = tag_for_keyword(keyword)
    assert tag is not None
    with pytest.raises(ObjectRefused) as refused:
        deidentify_instance(planted.content, PSEUDONYMS, DEFAULT_DEID, {tag: Rule.KEEP_ANY})
    assert refused.value.reason is RefusalReason.RESIDUAL
    assert not any(value in str(refused.value) for value in planted.planted.values())


def test_the_search_finds_every_header_identity_in_the_untouched_object(planted, clean) -> None:
    hits = residual_hits(planted.content, clean.identities)
    assert {hit.kind for hit in hits} == {kind for kind, _ in clean.identities}


def test_the_search_finds_each_form_wherever_it_stands(clean) -> None:
    identities = Identities()
    identities.merge(clean.identities)
    for kind, value in [pair for pair in identities if len(pair[1]) > 3]:
        one = Identities()
        one.add(kind, value)
        for encoding in ("utf-8", "utf-16-le", "utf-16-be", "gb18030"):
            for around in (b"", b"\xff"):
                assert residual_hits(around + value.encode(encoding) + b"\0\0", one), (kind, encoding)
                assert residual_hits(around + value.upper().encode(encoding), one), (kind, encoding)
        for lead in range(3):
            assert residual_hits(base64.b64encode(b"\1" * lead + value.encode() + b"\1"), one), (kind, lead)
