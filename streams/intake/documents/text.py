"""From bytes to text, or to a refusal."""

from __future__ import annotations

import codecs
import re

from generation.cases import CASE_MEDIA_TYPE
from streams.intake.documents.case import read_case
from streams.intake.documents.errors import DocumentRefused, Reason
from streams.intake.documents.extracted import ExtractedText
from streams.intake.documents.pdf import extract_pdf
from streams.intake.documents.settings import DEFAULT_SETTINGS, DocumentSettings

CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
CONTROL_SHARE = 0.05
OTHER_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)


def extract_text(content: bytes, media_type: str, settings: DocumentSettings = DEFAULT_SETTINGS) -> ExtractedText:
    """Return the text of a document's bytes.

    Markdown and plain text are strict UTF-8, without byte order mark, line ends as LF. A PDF is parsed in a limited
    process of its own. A case's text is its report, which may be empty. Raises `DocumentRefused` with any reason but
    `side-file` and `unreadable`.
    """
    if not content:
        raise DocumentRefused(Reason.EMPTY, "the file holds no bytes")
    if len(content) > settings.max_bytes:
        detail = f"{len(content):,} bytes, more than the {settings.max_bytes:,} allowed"
        raise DocumentRefused(Reason.TOO_LARGE, detail)
    if media_type == "application/pdf":
        return extract_pdf(content, settings)
    if media_type == CASE_MEDIA_TYPE:
        return ExtractedText(read_case(content).report)
    if media_type in ("text/markdown", "text/plain"):
        return ExtractedText(_decode(content))
    raise DocumentRefused(Reason.UNSUPPORTED, f"media type {media_type[:60]} is not read")


def _decode(content: bytes) -> str:
    if content.startswith(OTHER_MARKS):
        raise DocumentRefused(Reason.NOT_UTF8, "the text is UTF-16 or UTF-32")
    if b"\0" in content:
        raise DocumentRefused(Reason.BINARY, "the file holds NUL bytes, so it is no text")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        _refuse_binary(content.decode("latin-1"))
        raise DocumentRefused(Reason.NOT_UTF8, f"byte {error.start:,} is not UTF-8") from error
    _refuse_binary(text)
    if not text.strip():
        raise DocumentRefused(Reason.EMPTY, "the file holds nothing but white space")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _refuse_binary(text: str) -> None:
    if len(CONTROL.findall(text)) > CONTROL_SHARE * len(text):
        raise DocumentRefused(Reason.BINARY, "more than 5 % of the characters are control characters")
