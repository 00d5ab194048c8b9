"""Why a document is not taken."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """A stable code for why a document was refused; the message carries the rest."""

    EMPTY = "empty"
    """No bytes, or nothing but white space."""
    BINARY = "binary"
    """Named as text, but holds NUL or many control characters."""
    NOT_UTF8 = "not-utf8"
    """Text in another encoding."""
    ENCRYPTED = "encrypted"
    """A PDF that needs a password."""
    DAMAGED = "damaged"
    """Cut off, or not what its name says."""
    TOO_LARGE = "too-large"
    """More bytes, pages, characters or memory than the settings allow."""
    NO_TEXT = "no-text"
    """A PDF without a text layer: a scan."""
    UNSUPPORTED = "unsupported"
    """A kind of file that is not read."""
    UNREADABLE = "unreadable"
    """The file cannot be opened: permission, a broken link, not a regular file."""
    TIMED_OUT = "timed-out"
    """Reading the PDF took longer than the settings allow."""
    SIDE_FILE = "side-file"
    """The side file beside the document has a field that cannot be used."""


ADVICE: dict[Reason, str] = {
    Reason.EMPTY: "give a file with text in it",
    Reason.BINARY: "check that it is the file you meant; a PDF must be named .pdf",
    Reason.NOT_UTF8: "save it as UTF-8 and give it again",
    Reason.ENCRYPTED: "save a copy without a password and give that",
    Reason.DAMAGED: "fetch or export it again",
    Reason.TOO_LARGE: "split it, or raise the limit in the settings",
    Reason.NO_TEXT: "run text recognition (OCR) over it and give the result",
    Reason.UNSUPPORTED: "give .md, .markdown, .txt, .text or .pdf",
    Reason.UNREADABLE: "check its permissions",
    Reason.TIMED_OUT: "split it, or raise the time limit in the settings",
    Reason.SIDE_FILE: "correct the side file",
}


class DocumentRefused(Exception):
    """A document that is not taken; `reason` is a stable code, the message says what and what to do.

    >>> str(DocumentRefused(Reason.NO_TEXT, "none of its 3 pages has text"))
    'none of its 3 pages has text; run text recognition (OCR) over it and give the result'
    """

    def __init__(self, reason: Reason | str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = Reason(reason)
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.detail}; {ADVICE[self.reason]}"
