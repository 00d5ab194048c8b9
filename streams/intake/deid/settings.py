"""What de-identification keeps, as far as a site may choose."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from generation.model import Value


class DateMode(StrEnum):
    """What becomes of dates."""

    SHIFT = "shift"
    """Moved back by the patient's own number of days: intervals survive (PS3.15 option 113107). Not Safe Harbor."""
    YEAR_ONLY = "year_only"
    """The year stays, month and day become January 1, times become midnight (HIPAA Safe Harbor)."""


class DeidSettings(Value):
    """How objects and reports are rewritten. The key is apart, in `Pseudonyms`."""

    mode: DateMode = Field(
        default=DateMode.SHIFT, description="What becomes of dates, in headers and in reports alike."
    )
    keep_sex: bool = Field(default=True, description="Keep Patient's Sex (M, F or O).")
    keep_age: bool = Field(default=True, description="Keep Patient's Age; above 89 years it becomes 090Y.")
    day_first: bool = Field(
        default=False, description="Read 03/04/2024 in a report as 3 April; a dotted date is always read so."
    )


DEFAULT_DEID = DeidSettings()
"""Dates moved, sex and age kept."""
