"""Why an object or a report is not let past the gateway. A message never quotes a value of it."""

from __future__ import annotations

from enum import StrEnum

from streams.errors import StreamsError


class RefusalReason(StrEnum):
    """The stable name of a refusal; what quarantine is listed and counted by."""

    BROKEN = "broken"
    """Not readable as a DICOM object, or without the identifiers that each one has."""
    UNSUPPORTED_CLASS = "unsupported-class"
    """A SOP class that no rule is written for."""
    STRUCTURED_REPORT = "structured-report"
    """A structured report, key object selection or waveform: its content is free."""
    ENCAPSULATED_DOCUMENT = "encapsulated-document"
    """A PDF, CDA or model inside a DICOM object."""
    SECONDARY_CAPTURE = "secondary-capture"
    """A captured screen or film: likely to show who the patient is."""
    PRESENTATION_STATE = "presentation-state"
    """Graphics and text over an image."""
    BURNED_IN = "burned-in-annotation"
    """The object says that its pixels name the patient."""
    UNSUPPORTED_ENCODING = "unsupported-encoding"
    """A transfer syntax that is not known, or one of a video."""
    NO_PIXELS = "no-pixels"
    """An image object without an image, or with fewer bytes than its size needs."""
    NOT_WRITABLE = "not-writable"
    """What the rules left could not be written as a DICOM object."""
    RESIDUAL = "residual-identifier"
    """An identifier of the original was found in what was written."""


class ObjectRefused(StreamsError):
    """An object or report that must not pass; it belongs in quarantine.

    `detail` says what and where by tags, classes and counts; it never holds a value of the object.
    """

    def __init__(self, reason: RefusalReason, detail: str) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason = reason
        self.detail = detail
