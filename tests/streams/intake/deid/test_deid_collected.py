"""Objects of many makers (pydicom's, pydicom-data's) and phantoms: each passes clean and valid, or is refused."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import data_store
import pydicom
import pytest

from generation.phantom import make_study
from streams.intake.deid import (
    DEFAULT_DEID,
    CleanInstance,
    Identities,
    ObjectRefused,
    Pseudonyms,
    RefusalReason,
    deidentify_instance,
    deidentify_report,
    original_keys,
)
from streams.intake.deid.codes import CODE_TAGS

PSEUDONYMS = Pseudonyms(b"k" * 32)
LARGEST = 600_000
"""Bytes: the largest file of the collections that is taken."""
SAYS_WHO = ("PN", "LO", "SH", "ST", "LT", "UT", "UI")
ORDINARY = re.compile(r"|HU|US|OM|XY|SN|1|removed", re.IGNORECASE)


def collected() -> Iterator[bytes]:
    folders = (Path(data_store.__file__).parent / "data", Path(pydicom.__file__).parent / "data" / "test_files")
    for folder in folders:
        for path in sorted(folder.glob("*.dcm")):
            if path.stat().st_size <= LARGEST:
                yield path.read_bytes()


@pytest.fixture(scope="module")
def outcomes() -> list[tuple[bytes, CleanInstance | RefusalReason]]:
    found: list[tuple[bytes, CleanInstance | RefusalReason]] = []
    for content in collected():
        try:
            found.append((content, deidentify_instance(content, PSEUDONYMS, DEFAULT_DEID)))
        except ObjectRefused as refused:
            found.append((content, refused.reason))
    return found


def passed(outcomes) -> list[tuple[bytes, CleanInstance]]:
    return [(content, outcome) for content, outcome in outcomes if isinstance(outcome, CleanInstance)]


def test_every_file_passes_or_is_refused_and_enough_pass(outcomes) -> None:
    assert len(outcomes) > 100
    assert len(passed(outcomes)) >= 20
    assert {instance.modality for _, instance in passed(outcomes)} >= {"CT", "MR"}


def texts_of(content: bytes) -> Iterator[str]:
    """Every text of an object at every depth, by a reading that shares nothing with the engine."""
    for element in pydicom.dcmread(io.BytesIO(content), force=True).iterall():
        if element.VR in SAYS_WHO and element.value:
            values = element.value if element.VM > 1 else [element.value]
            yield from (str(value) for value in values)


def test_no_text_of_an_original_header_is_left_but_standard_terms(outcomes) -> None:
    for before, instance in passed(outcomes):
        after = set(texts_of(instance.content))
        stayed = {text for text in set(texts_of(before)) & after if not text.startswith("1.2.840.10008.")}
        codes = {e.value for e in pydicom.dcmread(io.BytesIO(instance.content)).iterall() if e.tag in CODE_TAGS}
        assert {text for text in stayed - codes if not ORDINARY.fullmatch(text)} == set()


def test_the_pixels_are_those_of_the_original(outcomes) -> None:
    compared = 0
    for before, instance in passed(outcomes):
        with suppress(Exception):
            old = pydicom.dcmread(io.BytesIO(before), force=True).pixel_array
            compared += 1
            assert (pydicom.dcmread(io.BytesIO(instance.content)).pixel_array == old).all()
    assert compared >= 15


def errors(content: bytes, path: Path) -> set[str]:
    """What dciodvfy calls an error, UIDs aside."""
    path.write_bytes(content)
    program = Path(sys.executable).with_name("dciodvfy")
    shown = subprocess.run([program, "-new", path], capture_output=True, text=True, errors="replace", check=False)
    lines = (shown.stdout + shown.stderr).splitlines()
    return {re.sub(r"<[0-9.]+>", "", line) for line in lines if line.startswith("Error")}


def test_no_new_error_of_form(outcomes, tmp_path) -> None:
    wrong = [errors(new.content, tmp_path / "b") - errors(old, tmp_path / "a") for old, new in passed(outcomes)[::3]]
    assert [found for found in wrong if found] == []


@pytest.fixture(scope="module", params=[3, 8])
def study(request):
    return make_study(request.param)


def test_phantom_studies_pass_and_nothing_planted_is_left(study, tmp_path) -> None:
    identities = Identities()
    for _, content in study.instances[:6]:
        clean = deidentify_instance(content, PSEUDONYMS, DEFAULT_DEID)
        identities.merge(clean.identities)
        assert clean.phantom
        assert [value for value in study.phi if value.lower().encode() in clean.content.lower()] == []
        assert errors(clean.content, tmp_path / "a") == set()
    patient = original_keys(study.instances[0][1]).patient
    text = deidentify_report(study.report, identities, PSEUDONYMS, patient, DEFAULT_DEID).text
    assert [value for value in study.phi if value.lower() in text.lower()] == []
