"""What a source is once it has been read: passages with heading path, page and character span, made of sentences."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from generation.model import Growing


class Split(StrEnum):
    """The part of the data a source belongs to; decided at intake, before anything is generated from it."""

    TRAIN = "train"
    """May enter training snapshots."""
    BENCH = "bench"
    """Feeds SpineBench items only."""
    FINAL = "final"
    """Seen by no gate."""


class Language(StrEnum):
    """A language samples are written in."""

    EN = "en"
    """English."""
    ZH = "zh"
    """Chinese."""


class SourceRef(Growing):
    """A source version as every event and sample carries it."""

    id: str = Field(min_length=1, max_length=200)
    """The side file's id, else the version."""
    version: str = Field(pattern="^[0-9a-f]{64}$")
    """sha256 of the bytes."""
    title: str
    licence: str | None = None
    citation: str | None = None
    split: Split
    media_type: str
    """`text/markdown`, `text/plain`, `application/pdf` or that of a case (`generation.cases`)."""


class Sentence(Growing):
    """One sentence; `text` is exactly the characters [start, end) of the document's extracted text."""

    id: str
    """`p<passage>s<sentence>`, both from 1."""
    text: str
    page: int | None = None
    """From 1; none where the format has no pages."""
    start: int = Field(ge=0)
    end: int = Field(gt=0)

    @property
    def plain(self) -> str:
        """The sentence on one line."""
        return " ".join(self.text.split())


class Passage(Growing):
    """A paragraph-sized piece of a document under one heading path."""

    id: str
    """`p<number>`, from 1."""
    heading_path: tuple[str, ...] = ()
    page: int | None = None
    start: int = Field(ge=0)
    end: int = Field(gt=0)
    sentences: tuple[Sentence, ...]


class Figure(Growing):
    """A picture that belongs to a source: evidence beside its sentences."""

    image: str = Field(pattern="^[0-9a-f]{64}$")
    """sha256 of its PNG bytes."""
    caption: str
    """What it is, in the source's language; says nothing of what is to be seen."""
    modality: str | None = None
    """`MR`, `CT`, `CR`, `DX`; none of a picture that no scanner made."""
    plane: str | None = None
    """`sagittal`, `axial`, `coronal`, `lateral`, `frontal`."""
    instance: str | None = None
    """Pseudonymous SOP Instance UID of the object it was rendered from."""
    window_center: float | None = None
    window_width: float | None = None


class Document(Growing):
    """A source's text, split: the content of the blob that `source split` events point to."""

    language: Language
    characters: int = Field(ge=0)
    pages: int | None = None
    passages: tuple[Passage, ...]
    figures: tuple[Figure, ...] = ()
