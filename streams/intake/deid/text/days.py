"""Dates in a report: found in English and Chinese spellings, moved like those of the header, their form kept.

A day without a year cannot be moved and becomes [DATE]; a year alone stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date

from streams.intake.deid.dates import move
from streams.intake.deid.settings import DateMode, DeidSettings
from streams.intake.deid.text.spans import Claim

_NAMES = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTH = r"(?P<name>(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)(?:\.|[a-z]{1,6}\b)?)"
_DAY = r"(?P<d>[12]\d|3[01]|0?[1-9])"
_YEAR = r"(?P<y>(?:19|20)\d\d)"
_M = r"(?P<m>1[0-2]|0?[1-9])"
_EDGE, _END = r"(?<![\dA-Za-z./-])", r"(?![\dA-Za-z]|[./-]\d)"
_HAN = "〇零一二三四五六七八九十"

_YMD = re.compile(rf"(?<![\d./-]){_YEAR}(?P<s1>[-/.年]\s?){_M}(?P<s2>[-/.月]\s?){_DAY}(?P<s3>[日号]?)(?!\d)")
_YM_HAN = re.compile(rf"(?<!\d){_YEAR}(?P<s1>年\s?){_M}(?P<s2>月)(?P<s3>份?)")
_COMPACT = re.compile(r"(?<![\dA-Za-z.])(?P<y>(?:19|20)\d\d)(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?!\d|\.\d)")
_NUMERIC = re.compile(rf"{_EDGE}(?P<a>\d{{1,2}})(?P<s>[-/.])(?P<b>\d{{1,2}})(?P=s)(?P<y>(?:19|20)\d\d|\d\d){_END}")
_MY = re.compile(rf"{_EDGE}{_M}(?P<s>/){_YEAR}{_END}")
_MDY = re.compile(
    rf"\b{_MONTH}(?P<s1>[ -]{{1,2}}){_DAY}(?P<th>st|nd|rd|th)?(?P<s2>,?[ -]{{1,2}}){_YEAR}(?!\d)", re.IGNORECASE
)
_DMY = re.compile(
    rf"(?<![\d./-]){_DAY}(?P<th>st|nd|rd|th)?(?P<s1>(?: of)?[ -]{{1,2}}|){_MONTH}(?P<s2>,?[ -]{{1,2}}|){_YEAR}(?!\d)",
    re.IGNORECASE,
)
_MY_NAMED = re.compile(rf"\b{_MONTH}(?P<s1>,?[ -]{{1,2}}(?:of )?){_YEAR}(?!\d)", re.IGNORECASE)
_NO_YEAR = re.compile(
    rf"\b(?:{_MONTH} {_DAY}(?:st|nd|rd|th)?|(?<!\d){_DAY.replace('?P<d>', '?:')}(?:st|nd|rd|th)?(?: of)? "
    rf"{_MONTH.replace('?P<name>', '?:')})(?!\d|\w)",
    re.IGNORECASE,
)
_NO_YEAR_HAN = re.compile(
    rf"(?<!\d)(?:1[0-2]|0?[1-9])月(?:[12]\d|3[01]|0?[1-9])[日号]|[{_HAN}]{{1,3}}月[{_HAN}]{{1,3}}[日号]"
)
_FULL_HAN = re.compile(rf"[{_HAN}]{{4}}年(?:[{_HAN}]{{1,3}}月(?:[{_HAN}]{{1,3}}[日号])?)?")


def _month(name: str) -> int | None:
    """Return the month of a name or its abbreviation, None for another word that begins alike."""
    word = name.lower().rstrip(".")
    return next(
        (i for i, full in enumerate(_NAMES, 1) if full == word or (word in (full[:3], full[:4]) and len(word) >= 3)),
        None,
    )


def _day(year: str, month: int | None, day: int) -> date | None:
    if month is None:
        return None
    full = int(year) if len(year) == 4 else (2000 if int(year) < 70 else 1900) + int(year)
    try:
        return date(full, month, day)
    except ValueError:
        return None


def _like(number: int, sample: str) -> str:
    """Write a number with a leading zero where the sample had one."""
    return f"{number:02}" if sample.startswith("0") else str(number)


def _padded(number: int, sample: str, zeroes: bool) -> str:
    return f"{number:02}" if zeroes else _like(number, sample)


def _named(month: int, sample: str) -> str:
    """Write a month in the manner of the sample: whole or abbreviated, and its case."""
    word = sample.rstrip(".")
    full = _NAMES[month - 1]
    text = full if len(word) > 4 or word.lower() == full else full[:3]
    text = text.upper() if word.isupper() else text.capitalize() if word[0].isupper() else text
    return text + ("." if sample.endswith(".") else "")


def _ordinal(day: int, sample: str | None) -> str:
    if not sample:
        return ""
    return "th" if 10 <= day % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


Write = Callable[[date], str]


def _read_ymd(m: re.Match[str], _: bool) -> tuple[date | None, Write]:
    zeroes = len(m["m"]) == 2 and len(m["d"]) == 2

    def write(to: date) -> str:
        middle = _padded(to.month, m["m"], zeroes)
        return f"{to.year:04}{m['s1']}{middle}{m['s2']}{_padded(to.day, m['d'], zeroes)}{m['s3']}"

    return _day(m["y"], int(m["m"]), int(m["d"])), write


def _read_ym(m: re.Match[str], _: bool) -> tuple[date | None, Write]:
    return _day(m["y"], int(m["m"]), 15), lambda to: f"{to.year:04}{m['s1']}{_like(to.month, m['m'])}{m['s2']}{m['s3']}"


def _read_compact(m: re.Match[str], _: bool) -> tuple[date | None, Write]:
    return _day(m["y"], int(m["m"]), int(m["d"])), lambda to: f"{to:%Y%m%d}".rjust(8, "0")


def _read_numeric(m: re.Match[str], day_first: bool) -> tuple[date | None, Write]:
    a, b = int(m["a"]), int(m["b"])
    first = a > 12 or (b <= 12 and (day_first or m["s"] == "."))
    zeroes = len(m["a"]) == 2 and len(m["b"]) == 2

    def write(to: date) -> str:
        pair = (to.day, to.month) if first else (to.month, to.day)
        year = f"{to.year:04}" if len(m["y"]) == 4 else f"{to.year % 100:02}"
        return m["s"].join((_padded(pair[0], m["a"], zeroes), _padded(pair[1], m["b"], zeroes), year))

    return _day(m["y"], b if first else a, a if first else b), write


def _read_my(m: re.Match[str], _: bool) -> tuple[date | None, Write]:
    return _day(m["y"], int(m["m"]), 15), lambda to: f"{_padded(to.month, m['m'], len(m['m']) == 2)}/{to.year:04}"


def _read_mdy(m: re.Match[str], _: bool) -> tuple[date | None, Write]:
    def write(to: date) -> str:
        day = _like(to.day, m["d"]) + _ordinal(to.day, m["th"])
        return f"{_named(to.month, m['name'])}{m['s1']}{day}{m['s2']}{to.year:04}"

    return _day(m["y"], _month(m["name"]), int(m["d"])), write


def _read_dmy(m: re.Match[str], _: bool) -> tuple[date | None, Write]:
    def write(to: date) -> str:
        day = _like(to.day, m["d"]) + _ordinal(to.day, m["th"])
        return f"{day}{m['s1']}{_named(to.month, m['name'])}{m['s2']}{to.year:04}"

    return _day(m["y"], _month(m["name"]), int(m["d"])), write


def _read_my_named(m: re.Match[str], _: bool) -> tuple[date | None, Write]:
    return _day(m["y"], _month(m["name"]), 15), lambda to: f"{_named(to.month, m['name'])}{m['s1']}{to.year:04}"


_READERS = (
    (_YMD, _read_ymd),
    (_MDY, _read_mdy),
    (_DMY, _read_dmy),
    (_NUMERIC, _read_numeric),
    (_YM_HAN, _read_ym),
    (_MY_NAMED, _read_my_named),
    (_MY, _read_my),
    (_COMPACT, _read_compact),
)


def date_claims(text: str, offset: int, settings: DeidSettings) -> Iterator[Claim]:
    """Yield every date of a text, longer forms first; `[DATE]` where it cannot be moved."""
    for pattern, read in _READERS:
        for found in pattern.finditer(text):
            day, write = read(found, settings.day_first)
            if day is None:
                continue
            to = move(day, offset, settings.mode)
            year_only = settings.mode is DateMode.YEAR_ONLY
            new = "[DATE]" if to is None else f"{to.year:04}" if year_only else write(to)
            yield Claim(found.start(), found.end(), "date", new)
    for pattern in (_FULL_HAN, _NO_YEAR_HAN):
        yield from (Claim(m.start(), m.end(), "date", "[DATE]") for m in pattern.finditer(text))
    for found in _NO_YEAR.finditer(text):
        if found["name"] is None or _month(found["name"]):
            yield Claim(found.start(), found.end(), "date", "[DATE]")
