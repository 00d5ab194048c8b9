"""PDF text: paragraphs, hyphens, running lines, pages; and the examples."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from pdf_samples import pdf

from streams.intake.documents import ExtractedText, extract_text, find_documents, read_content, read_document, text_of
from streams.intake.documents.hyphens import Joiner, cleaned
from streams.intake.documents.pdf_layout import page_texts
from streams.intake.documents.pdf_line import Line
from streams.intake.documents.running import without_running_lines

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "examples" / "documents"


def extracted(*pages: list[str], **more: str) -> ExtractedText:
    return extract_text(pdf(pages, **more), "application/pdf")


def test_wraps_and_hyphens_are_undone_and_paragraphs_kept() -> None:
    text = extracted(
        [
            "The disc extrusion at L4-",
            "L5 displaces the traversing root in the lateral recess on T2-",
            "weighted images and narrows the fora-",
            "men beside it on the left-",
            "sided images of the spine.",
            "",
            "A second paragraph about the lumbar spine begins here and",
            "ends here.",
        ]
    ).text
    assert text == (
        "The disc extrusion at L4-L5 displaces the traversing root in the lateral recess on T2-weighted images "
        "and narrows the foramen beside it on the left-sided images of the spine.\n\n"
        "A second paragraph about the lumbar spine begins here and ends here."
    )


def test_running_lines_and_page_numbers_go_and_pages_are_kept() -> None:
    pages = [[f"Page {name} speaks about the spine.", "It has a second line."] for name in ("one", "two", "three")]
    found = extracted(*pages, header="Spine Manual {}", footer="- {} -")
    assert "Manual" not in found.text
    assert not re.search(r"\d", found.text)
    assert found.text.count("\n\n") == 2
    assert found.page_starts is not None
    starts = [found.text.index(f"Page {name}") for name in ("one", "two", "three")]
    assert list(found.page_starts) == starts
    assert [found.page_of(start) for start in starts] == [1, 2, 3]
    assert found.page_of(starts[1] - 3) == 1


def test_sentences_know_their_page() -> None:
    content = pdf([["One about L4/L5 here."], [], ["Three about L5/S1 here."]], footer="{}")
    document = read_document(content, "application/pdf")
    assert [(passage.page, passage.sentences[0].text) for passage in document.passages] == [
        (1, "One about L4/L5 here."),
        (3, "Three about L5/S1 here."),
    ]
    assert document.pages == 3


def test_a_heading_that_repeats_with_a_number_is_kept() -> None:
    text = extracted(*[[f"Case {number}", "", "Something about it was seen."] for number in (1, 2, 3)]).text
    assert [f"Case {number}" in text for number in (1, 2, 3)] == [True] * 3


def test_numbers_that_do_not_grow_with_the_pages_are_no_page_numbers() -> None:
    pages = [[Line(f"At L{level} it is wide.", 72, 700, 200, 12)] for level in (4, 2, 5)]
    assert without_running_lines(pages) == pages


def test_paragraphs_are_told_by_indent_short_line_size_and_list_mark() -> None:
    page = [
        Line("Large Title", 72, 760, 200, 20),
        Line("A first line of some length that fills the column.", 72, 740, 400, 12),
        Line("A short end.", 72, 726, 130, 12),
        Line("A new paragraph after the short line, filling the column.", 72, 712, 400, 12),
        Line("Its second line fills the column as well, to the end it is.", 72, 698, 400, 12),
        Line("An indented line begins another one that goes on for a", 90, 684, 400, 12),
        Line("while:", 72, 670, 110, 12),
        Line("• the first item", 72, 656, 180, 12),
        Line("• the second item", 72, 642, 190, 12),
    ]
    assert page_texts([page])[0].split("\n\n") == [
        "Large Title",
        "A first line of some length that fills the column. A short end.",
        f"{page[3].text} {page[4].text}",
        "An indented line begins another one that goes on for a while:",
        "• the first item",
        "• the second item",
    ]


def test_a_sentence_goes_on_in_the_next_column() -> None:
    page = [Line("The canal is", 72, 100, 200, 12), Line("narrow at L3/L4.", 320, 700, 480, 12)]
    assert page_texts([page]) == ["The canal is narrow at L3/L4."]


@pytest.mark.parametrize(
    ("above", "below", "joined"),
    [
        ("spondylo-", "listhesis at L5", "spondylolisthesis at L5"),
        ("a well-", "known sign", "a well-known sign"),
        ("at L4/", "L5 it", "at L4/L5 it"),
        ("from L4–", "L5 it", "from L4–L5 it"),
        ("the root –", "free", "the root – free"),
        ("anterior-", "posterior", "anterior-posterior"),
        ("椎间盘", "突出", "椎间盘突出"),
        ("plain", "words", "plain words"),
    ],
)
def test_lines_are_joined(above: str, below: str, joined: str) -> None:
    assert Joiner(["the anterior-posterior view"]).joined([above, below]) == joined


def test_a_line_is_cleaned() -> None:
    assert cleaned("the \ufb01lum\u00a0is  fi\u00adne, ste\ufffe") == "the filum is fine, ste-"


def test_the_worker_loads_nothing_of_ours() -> None:
    worker = ROOT / "streams" / "intake" / "documents" / "pdf_worker.py"
    code = f"import runpy, sys; runpy.run_path({str(worker)!r}, run_name='w'); print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"pydantic", "streams", "generation", "yaml"} & set(loaded)


NAMES = {"cervical_and_thoracolumbar.pdf", "lumbar_disc_disease.md", "spine_case_vignettes.txt"}
LEVEL = re.compile(r"\b(?:[CTL]\d{1,2}/)?(?:[CTL]\d{1,2}|S1)\b(?! nerve| root|-weighted| signal| images| and T2)")
FINDING = re.compile(
    r"bulge|protrusion|extrusion|sequestered|degeneration|loss of\s+disc height|fissure|stenosis|listhesis|"
    r"spondylolysis|fracture|Modic|facet arthropathy|flavum hypertrophy|synovial cyst|Schmorl|Ossification|"
    r"myelomalacia|T2 signal|discitis|metastasis|haemangioma|osteophytes",
    re.I,
)


def test_the_examples_are_documents_with_side_files() -> None:
    found, refused = find_documents([EXAMPLES])
    assert refused == []
    assert {candidate.relative for candidate in found} == NAMES
    assert all(candidate.metadata.licence == "CC-BY-4.0" for candidate in found)
    assert all(
        candidate.metadata.id and candidate.metadata.title and candidate.metadata.citation for candidate in found
    )
    single = 0
    kinds: set[str] = set()
    for candidate in found:
        document = read_document(read_content(candidate.path), candidate.media_type)
        text = text_of(candidate.path)
        assert all(passage.heading_path for passage in document.passages)
        for sentence in (sentence for passage in document.passages for sentence in passage.sentences):
            assert text[sentence.start : sentence.end] == sentence.text
            levels = {match.group() for match in LEVEL.finditer(sentence.plain)}
            findings = {match.lower() for match in FINDING.findall(sentence.plain)}
            single += len(levels) == 1 and len(findings) >= 1
            kinds |= findings if len(levels) == 1 else set()
    assert single >= 60
    assert len(kinds) >= 21


def test_the_example_pdf_is_what_its_script_writes(tmp_path: Path) -> None:
    made = tmp_path / "cervical_and_thoracolumbar.pdf"
    subprocess.run([sys.executable, str(EXAMPLES.parent / "pdf_source" / "make_pdf.py"), str(made)], check=True)
    assert text_of(made) == text_of(EXAMPLES / made.name)
    assert "Spine teaching notes" not in text_of(made)
