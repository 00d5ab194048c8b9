"""PDF text by way of a limited process of its own: whatever the file does there, only JSON or a failure comes back."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from generation.model import Value
from streams.intake.documents.errors import DocumentRefused, Reason
from streams.intake.documents.extracted import ExtractedText
from streams.intake.documents.pdf_layout import page_texts
from streams.intake.documents.pdf_line import Line
from streams.intake.documents.settings import DocumentSettings

WORKER = Path(__file__).with_name("pdf_worker.py")
PASSED_ON = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "LANG")
BYTES_A_CHARACTER = 8
TAIL = 4096
FEW_A_PAGE = 30


class _Answer(Value):
    pages: tuple[tuple[Line, ...], ...] = ()
    images: tuple[bool, ...] = ()
    refused: Reason | None = None
    detail: str = ""


ANSWER = TypeAdapter(_Answer)


def extract_pdf(content: bytes, settings: DocumentSettings) -> ExtractedText:
    """Return a PDF's text, pages joined by a blank line, with the offset of each page.

    Raises `DocumentRefused` (`encrypted`, `damaged`, `too-large`, `no-text`, `timed-out`).
    """
    if b"%PDF-" not in content[:1024]:
        raise DocumentRefused(Reason.DAMAGED, "the file is named .pdf but is no PDF")
    if b"%%EOF" not in content[-TAIL:]:
        raise DocumentRefused(Reason.DAMAGED, "the PDF has no end: it was cut off")
    answer = _parse(content, settings)
    texts = page_texts(answer.pages)
    _refuse_scan(texts, answer.images)
    starts: list[int] = []
    parts: list[str] = []
    length = 0
    for text in texts:
        if text and length:
            parts.append("\n\n")
            length += 2
        starts.append(length)
        parts.append(text)
        length += len(text)
    return ExtractedText("".join(parts), tuple(starts))


def _refuse_scan(texts: list[str], images: tuple[bool, ...]) -> None:
    characters = sum(len(re.sub(r"\s", "", text)) for text in texts)
    mostly_images = sum(images) * 2 > len(texts) and characters < FEW_A_PAGE * len(texts)
    if mostly_images or not any(character.isalpha() for text in texts for character in text):
        pages = "its page has" if len(texts) == 1 else f"its {len(texts)} pages have"
        raise DocumentRefused(Reason.NO_TEXT, f"{pages} no text layer (a scan?)")


def _parse(content: bytes, settings: DocumentSettings) -> _Answer:
    output = settings.pdf_max_characters * BYTES_A_CHARACTER
    limits = (
        settings.pdf_memory_bytes,
        settings.pdf_cpu_s,
        output,
        settings.pdf_max_pages,
        settings.pdf_max_characters,
    )
    command = [sys.executable, "-P", str(WORKER), *map(str, limits)]
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    with tempfile.TemporaryFile() as out:
        try:
            code = subprocess.run(
                command, input=content, stdout=out, stderr=subprocess.DEVNULL, env=environment,
                timeout=settings.pdf_timeout_s, check=False,
            ).returncode  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise DocumentRefused(Reason.TIMED_OUT, f"reading took more than {settings.pdf_timeout_s:g} s") from error
        out.seek(0)
        printed = out.read()
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        raise DocumentRefused(Reason.TIMED_OUT, f"reading took more than {settings.pdf_cpu_s} s of CPU time")
    if code == -signal.SIGXFSZ:
        raise DocumentRefused(Reason.TOO_LARGE, "the PDF holds more text than is allowed")
    if code != 0:
        raise DocumentRefused(Reason.DAMAGED, f"the PDF reader stopped on it (exit {code})")
    return _understood(printed)


def _understood(printed: bytes) -> _Answer:
    try:
        answer = ANSWER.validate_python(json.loads(printed))
    except (ValueError, ValidationError) as error:
        raise DocumentRefused(Reason.DAMAGED, "the PDF reader gave no usable answer") from error
    if answer.refused is not None:
        raise DocumentRefused(answer.refused, answer.detail[:200])
    return answer
