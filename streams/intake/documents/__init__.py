"""Documents: found, read in bounds, split into passages and sentences with exact offsets.

`find_documents` tells files apart by name and size, `read_content` reads one, `read_document` splits its bytes.
Whatever is wrong with a file becomes a `DocumentRefused` (or a `Refusal`) with a stable reason.
"""

from __future__ import annotations

from pathlib import Path

from generation.cases import CASE_MEDIA_TYPE
from generation.sources import Document, Language
from streams.intake.documents.case import figures_of, read_case
from streams.intake.documents.errors import DocumentRefused, Reason
from streams.intake.documents.extracted import ExtractedText
from streams.intake.documents.find import Candidate, Refusal, find_documents, media_type_of, read_content
from streams.intake.documents.settings import DEFAULT_SETTINGS, DocumentSettings
from streams.intake.documents.side_file import Metadata, read_metadata, title_of
from streams.intake.documents.split import split_document
from streams.intake.documents.text import extract_text

__all__ = [
    "Candidate",
    "DocumentRefused",
    "DocumentSettings",
    "ExtractedText",
    "Metadata",
    "Reason",
    "Refusal",
    "extract_text",
    "find_documents",
    "media_type_of",
    "read_content",
    "read_document",
    "read_metadata",
    "split_document",
    "text_of",
    "title_of",
]


def read_document(
    content: bytes,
    media_type: str,
    language: Language | None = None,
    settings: DocumentSettings = DEFAULT_SETTINGS,
) -> Document:
    """Return a document's bytes split into passages and sentences; raises `DocumentRefused`."""
    document = split_document(extract_text(content, media_type, settings), media_type, language)
    if media_type != CASE_MEDIA_TYPE:
        return document
    case = read_case(content)
    return document.model_copy(update={"language": language or case.language, "figures": figures_of(case)})


def text_of(path: Path, settings: DocumentSettings = DEFAULT_SETTINGS) -> str:
    """Return the text that every character offset of a document counts in; raises `DocumentRefused`.

    Raises `FileNotFoundError` for a path that does not exist.
    """
    if not path.exists():
        raise FileNotFoundError(f"no such file: {path}")
    media_type = media_type_of(path)
    return extract_text(read_content(path, settings), media_type, settings).text
