"""Every refusal, met with a file that is really bad in that way."""

from __future__ import annotations

import os
import pickle
import shutil
import tempfile
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from pdf_samples import pdf, scan

from streams.intake.documents import (
    DocumentRefused,
    DocumentSettings,
    Reason,
    extract_text,
    find_documents,
    read_content,
    read_document,
    text_of,
)
from streams.intake.documents.errors import ADVICE

GOOD = pdf([["A disc bulge at L4/L5 touches the sac."]])
LONG = pdf([[f"Line {line} of page {page} about the lumbar spine." for line in range(40)] for page in range(30)])

BAD = {
    "no bytes": (b"", "text/plain", Reason.EMPTY),
    "no bytes, pdf": (b"", "application/pdf", Reason.EMPTY),
    "white space": (b" \n\t\r\n \xc2\xa0\n", "text/markdown", Reason.EMPTY),
    "only a mark": (b"\xef\xbb\xbf", "text/plain", Reason.EMPTY),
    "nul": (b"text\0text", "text/plain", Reason.BINARY),
    "picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "text/markdown", Reason.BINARY),
    "controls": (b"abc\x01\x02\x03" * 10, "text/plain", Reason.BINARY),
    "controls, not utf-8": (bytes(range(1, 256)), "text/plain", Reason.BINARY),
    "utf-16": ("Disc bulge at L4/L5.".encode("utf-16"), "text/plain", Reason.NOT_UTF8),
    "latin-1": ("Der Wirbelkörper L4 ist verformt.".encode("latin-1"), "text/plain", Reason.NOT_UTF8),
    "gb18030": ("腰椎间盘突出".encode("gb18030"), "text/markdown", Reason.NOT_UTF8),
    "encrypted": (pdf([["Secret."]], password="word"), "application/pdf", Reason.ENCRYPTED),
    "cut in half": (GOOD[: len(GOOD) // 2], "application/pdf", Reason.DAMAGED),
    "cut before its end": (GOOD[:-60], "application/pdf", Reason.DAMAGED),
    "text named pdf": (b"Disc bulge at L4/L5.", "application/pdf", Reason.DAMAGED),
    "rubbish in a pdf": (b"%PDF-1.7\n" + b"obj<<>>" * 50 + b"%%EOF", "application/pdf", Reason.DAMAGED),
    "scan": (scan(), "application/pdf", Reason.NO_TEXT),
    "blank pages": (pdf([[], []]), "application/pdf", Reason.NO_TEXT),
    "word": (b"PK\x03\x04", "application/vnd.openxmlformats", Reason.UNSUPPORTED),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_for_what_it_is(name: str) -> None:
    content, media_type, reason = BAD[name]
    with pytest.raises(DocumentRefused) as refused:
        read_document(content, media_type)
    assert refused.value.reason is reason
    assert ADVICE[reason] in str(refused.value)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"max_bytes": 100}, Reason.TOO_LARGE),
        ({"pdf_max_pages": 29}, Reason.TOO_LARGE),
        ({"pdf_max_characters": 1000}, Reason.TOO_LARGE),
        ({"pdf_timeout_s": 0.02}, Reason.TIMED_OUT),
    ],
)
def test_a_limit_reached_is_a_refusal(changed: dict[str, float], reason: Reason) -> None:
    with pytest.raises(DocumentRefused) as refused:
        extract_text(LONG, "application/pdf", DocumentSettings.model_validate(changed))
    assert refused.value.reason is reason


def test_the_worker_sees_none_of_the_parents_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    import subprocess

    seen: list[dict[str, str]] = []
    run = subprocess.run

    def spy(*args: object, **kwargs: object) -> object:
        seen.append(kwargs["env"])  # type: ignore[arg-type]
        return run(*args, **kwargs)  # type: ignore[call-overload]

    monkeypatch.setenv("STORE_URL", "secret")
    monkeypatch.setattr(subprocess, "run", spy)
    extract_text(GOOD, "application/pdf")
    assert len(seen) == 1
    assert "STORE_URL" not in seen[0]


def test_a_huge_file_is_refused_without_being_read(tmp_path: Path) -> None:
    huge = tmp_path / "huge.pdf"
    with huge.open("wb") as file:
        file.truncate(300 * 1024 * 1024)
    tracemalloc.start()
    found, refusals = find_documents([tmp_path])
    with pytest.raises(DocumentRefused, match="314,572,800 bytes"):
        read_content(huge)
    with pytest.raises(DocumentRefused):
        text_of(huge)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == []
    assert [refusal.reason for refusal in refusals] == [Reason.TOO_LARGE]
    assert peak < 1024 * 1024


def test_a_file_that_grows_after_the_check_is_still_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(b"x" * 5000)
    monkeypatch.setattr("streams.intake.documents.find.check_file", lambda *_: None)
    with pytest.raises(DocumentRefused) as refused:
        read_content(file, DocumentSettings(max_bytes=1000))
    assert refused.value.reason is Reason.TOO_LARGE


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that another user may enter, so that root can test permissions as nobody."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_what_may_not_be_opened_is_unreadable(open_folder: Path) -> None:
    closed = open_folder / "closed.txt"
    closed.write_text("Text.")
    closed.chmod(0)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        found, refusals = find_documents([open_folder])
        with pytest.raises(DocumentRefused) as refused:
            text_of(closed)
    finally:
        if root:
            os.seteuid(0)
    assert found == []
    assert [refusal.reason for refusal in refusals] == [Reason.UNREADABLE]
    assert refused.value.reason is Reason.UNREADABLE
    assert "permission" in refusals[0].why.lower()


def test_a_pipe_and_a_broken_link_are_unreadable_and_block_nothing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "link.md").symlink_to(tmp_path / "gone.md")
    found, refusals = find_documents([tmp_path])
    assert found == []
    assert [(refusal.path.name, refusal.reason) for refusal in refusals] == [
        ("link.md", Reason.UNREADABLE),
        ("pipe.txt", Reason.UNREADABLE),
    ]


def test_a_refusal_survives_a_process_border_and_every_reason_has_advice() -> None:
    refused = pickle.loads(pickle.dumps(DocumentRefused("no-text", "none of its pages has text")))
    assert (refused.reason, refused.detail) == (Reason.NO_TEXT, "none of its pages has text")
    assert set(ADVICE) == set(Reason)
    with pytest.raises(ValueError, match="whim"):
        DocumentRefused("whim", "")
