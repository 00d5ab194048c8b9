"""Moving dates, in the forms of DICOM's DA, DT and TM."""

from __future__ import annotations

import re
from datetime import date, timedelta

from streams.intake.deid.settings import DateMode

_DA = re.compile(r"(\d{4})([.\-/]?)(\d{2})\2(\d{2})")
_DT = re.compile(r"(\d{4})(?:(\d{2})(?:(\d{2})(\d{2,6}(?:\.\d{1,6})?)?)?)?([+-]\d{4})?")
_TM = re.compile(r"\d{2}:?(?:\d{2}:?(?:\d{2}(?:\.\d{1,6})?)?)?")


def move(day: date, offset: int, mode: DateMode) -> date | None:
    """Return the day that stands for `day`: `offset` days earlier, or January 1; None where the calendar ends."""
    if mode is DateMode.YEAR_ONLY:
        return day.replace(month=1, day=1)
    try:
        return day - timedelta(days=offset)
    except OverflowError:
        return None


def parse_da(value: str) -> date | None:
    """Return the day of a DA value (`20240315`, or ACR-NEMA's `2024.03.15`), None where it is none.

    >>> parse_da("20240315")
    datetime.date(2024, 3, 15)
    """
    found = _DA.fullmatch(value.strip(" \0"))
    if not found:
        return None
    try:
        return date(int(found[1]), int(found[3]), int(found[4]))
    except ValueError:
        return None


def moved_da(value: str, offset: int, mode: DateMode) -> str:
    """Return the moved DA value; empty where the value is no date."""
    day = parse_da(value)
    to = move(day, offset, mode) if day else None
    return f"{to:%Y%m%d}".rjust(8, "0") if to else ""


def moved_dt(value: str, offset: int, mode: DateMode) -> str:
    """Return the moved DT value as precise as it was, its zone dropped; empty where it is no date.

    A month without a day moves as its 15th, a year without a month as its July 1.
    """
    found = _DT.fullmatch(value.strip(" \0"))
    if not found:
        return ""
    year, month, day, clock = found[1], found[2], found[3], found[4] or ""
    whole = parse_da(year + (month or "07") + (day or ("15" if month else "01")))
    to = move(whole, offset, mode) if whole else None
    if to is None:
        return ""
    written = f"{to:%Y%m%d}".rjust(8, "0")[: 4 + (2 if month else 0) + (2 if day else 0)]
    return written + (re.sub(r"\d", "0", clock) if mode is DateMode.YEAR_ONLY else clock)


def kept_tm(value: str, mode: DateMode) -> str:
    """Return a TM value as it was, or midnight where only years stay; empty where it is no time."""
    if not _TM.fullmatch(value.strip(" \0")):
        return ""
    return "000000" if mode is DateMode.YEAR_ONLY else value.strip(" \0")
