"""A case read as a document."""

from __future__ import annotations

import pytest

from generation.cases import CASE_MEDIA_TYPE, Case, KeySlice, Modality, Plane
from generation.sources import Language
from streams.intake.documents import DocumentRefused, Reason, extract_text, read_document

REPORT = "FINDINGS\n\nThere is a moderate disc extrusion at L4/L5 on the left. The L5/S1 disc is normal.\n"


def case(report: str = REPORT, language: Language = Language.EN, *planes: Plane | None) -> Case:
    slices = tuple(
        KeySlice(
            image=f"{number:064x}",
            series="2.25.1",
            instance=f"2.25.{number}",
            modality=Modality.MR,
            plane=plane,
            window_center=300,
            window_width=600,
            rule="middle",
        )
        for number, plane in enumerate(planes, 1)
    )
    return Case(study="2.25.9", patient="p1", epoch="e1", language=language, report=report, slices=slices)


def test_a_report_is_split_with_offsets_into_its_text() -> None:
    content = case().content()
    document = read_document(content, CASE_MEDIA_TYPE)
    text = extract_text(content, CASE_MEDIA_TYPE).text
    sentences = [one for passage in document.passages for one in passage.sentences]
    assert [text[one.start : one.end] for one in sentences] == [one.text for one in sentences]
    assert any("L4/L5" in one.text for one in sentences)


def test_slices_become_figures_in_their_order() -> None:
    content = case(REPORT, Language.EN, Plane.SAGITTAL, Plane.AXIAL, None).content()
    figures = read_document(content, CASE_MEDIA_TYPE).figures
    assert [one.caption for one in figures] == ["sagittal MR", "axial MR", "MR"]
    assert [one.image for one in figures] == [f"{number:064x}" for number in (1, 2, 3)]


def test_captions_are_in_the_language_of_the_case() -> None:
    content = case("腰4/5椎间盘突出。", Language.ZH, Plane.SAGITTAL).content()
    document = read_document(content, CASE_MEDIA_TYPE)
    assert (document.language, document.figures[0].caption) == (Language.ZH, "MR矢状位图像")


def test_a_case_without_a_report_has_no_passage() -> None:
    document = read_document(case("", Language.EN, Plane.SAGITTAL).content(), CASE_MEDIA_TYPE)
    assert (document.passages, len(document.figures)) == ((), 1)


def test_bytes_that_are_no_case_are_refused_without_being_quoted() -> None:
    with pytest.raises(DocumentRefused) as refused:
        read_document(b'{"study": 5, "patient": "Doe"}', CASE_MEDIA_TYPE)
    assert refused.value.reason is Reason.DAMAGED
    assert "Doe" not in str(refused.value)


def test_the_same_case_has_the_same_bytes_and_id() -> None:
    assert case().content() == case().content()
    assert case().source_id == case("other").source_id
    assert case().source_id.startswith("case-")
