"""The search finds what it is to find, in every form, and nothing else."""

from __future__ import annotations

import base64
import gzip
import io
import json
import zipfile

import pydicom
import pytest
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage

from tests.prove.leaks.search import Search
from tests.prove.leaks.unpack import contents

NAME, CHINESE, BORN, PHONE, NUMBER = "Quillfeather^Ottoline", "欧阳采薇", "19480317", "+44 20 7946 0991", "MRN-7731904"
PLANTED = (NAME, CHINESE, BORN, PHONE, NUMBER)


def found(value: object) -> set[int]:
    return {leak.number for leak in Search(PLANTED).leaks(contents("here", value))}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("seen: OTTOLINE QUILLFEATHER.", 0),
        ("Quillfeather, Ottoline", 0),
        ("quillfeather_ottoline.dcm", 0),
        ("患者：欧阳采薇，女", 1),
        ("born 17.03.1948", 2),
        ("1948-3-17", 2),
        ("17 Mar 1948", 2),
        ("1948年3月17日", 2),
        ("tel 442079460991", 3),
        ("mrn-7731904", 4),
    ],
)
def test_each_form_is_found_as_text_and_in_each_encoding(text: str, number: int) -> None:
    assert found(text) == {number}
    for encoding in ("utf-8", "utf-16-le", "utf-16-be", "gb18030"):
        assert found(b"\x00\x01" + text.encode(encoding) + b"\xff") == {number}


@pytest.mark.parametrize("shift", range(6))
def test_base64_is_looked_into_at_every_alignment(shift: int) -> None:
    coded = base64.b64encode(b"x" * shift + NUMBER.encode() + b"tail").decode()
    assert found(f"{{{coded}}}") == {4}
    assert found(b"\x00" + coded.encode() + b"\x00\xff") == {4}


def test_archives_json_and_dicom_are_unpacked() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", f"the id is {NUMBER}, " * 20)
    assert found(packed.getvalue()) == {4}
    assert found(gzip.compress(f"{CHINESE} ".encode() * 50)) == {1}
    assert found({"a": [{"b": json.dumps({"deep": {NAME: 1}})}]}) == {0}
    dataset = FileDataset(None, {}, preamble=b"\0" * 128, file_meta=FileMetaDataset())
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = MRImageStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = "2.25.1"
    dataset.SpecificCharacterSet = "GB18030"
    dataset.RequestAttributesSequence = [pydicom.Dataset()]
    dataset.RequestAttributesSequence[0].RequestedProcedureDescription = CHINESE
    out = io.BytesIO()
    pydicom.dcmwrite(out, dataset, enforce_file_format=True)
    assert found(out.getvalue()) == {1}


def test_what_is_not_there_is_not_found() -> None:
    other = "Quill feather, MRN-7731905, 1948-04-17, L4/L5, +44 20 7946 0992, 欧阳"
    assert found(other) == set()
    assert found(other.encode("utf-16-le") + gzip.compress(other.encode())) == set()
