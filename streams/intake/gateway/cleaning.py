"""The seam to de-identification: what it refuses, and whatever goes wrong in it, is one kind of error that quotes
nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from streams.intake.deid import (
    CleanInstance,
    CleanText,
    DeidSettings,
    Identities,
    ObjectRefused,
    Pseudonyms,
    RefusalReason,
    deidentify_instance,
    deidentify_report,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cleaner:
    """De-identification with one site's key and settings."""

    pseudonyms: Pseudonyms
    settings: DeidSettings = field(default_factory=DeidSettings)

    def instance(self, content: bytes) -> CleanInstance:
        """Return a DICOM file without its identifiers; raises ObjectRefused."""
        return guarded(lambda: deidentify_instance(content, self.pseudonyms, self.settings))

    def report(self, text: str, identities: Identities, patient: str) -> CleanText:
        """Return a report without them; `patient` (`OriginalKeys.patient`) decides how dates move.

        Raises ObjectRefused.
        """
        return guarded(lambda: deidentify_report(text, identities, self.pseudonyms, patient, self.settings))


def guarded(clean: Callable[[], T]) -> T:
    """Call something that looks into an original; raises ObjectRefused for whatever goes wrong in it."""
    try:
        return clean()
    except ObjectRefused:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a parser raises
        # Its message may quote what was read.
        raise ObjectRefused(RefusalReason.BROKEN, f"{type(error).__name__} while it was read or rewritten") from None
