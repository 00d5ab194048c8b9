"""The forms in which an identifier may turn up: spellings, orders, dates, encodings."""

from __future__ import annotations

import base64
import itertools
import re
import unicodedata
from collections.abc import Iterable
from datetime import date

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_LONG = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_SHORTEST = 4
"""Characters a form has at least: a shorter one is found everywhere."""


def spellings(value: str) -> set[str]:
    """Return the texts to look for, case folded."""
    plain = unicodedata.normalize("NFKC", value).strip()
    found = {plain, value, *_names(plain), *_dates(plain), *_digits(plain)}
    return {one.casefold() for one in found if len(one) >= _SHORTEST or (not one.isascii() and len(one) >= 2)}


def _names(value: str) -> Iterable[str]:
    """Return a person's name in other orders and with other separators."""
    parts = [part for part in re.split(r"[\^,=\s]+", value) if part]
    if not 2 <= len(parts) <= 4 or any(any(c.isdigit() for c in part) for part in parts):
        return
    for order in itertools.permutations(parts[:3]):
        for between in (" ", "^", ", ", ",", "_", "-", "."):
            yield between.join(order)
        if not "".join(order).isascii():
            yield "".join(order)


def _dates(value: str) -> Iterable[str]:
    found = re.fullmatch(r"(\d{4})[-./]?(\d{2})[-./]?(\d{2})", value)
    if not found:
        return
    try:
        day = date(*(int(part) for part in found.groups()))
    except ValueError:
        return
    y, m, d = day.year, day.month, day.day
    for sep in ("-", "/", ".", " "):
        yield from (f"{y}{sep}{m:02}{sep}{d:02}", f"{y}{sep}{m}{sep}{d}")
        yield from (f"{d:02}{sep}{m:02}{sep}{y}", f"{m:02}{sep}{d:02}{sep}{y}", f"{d}{sep}{m}{sep}{y}")
    yield from (f"{y}{m:02}{d:02}", f"{y}年{m}月{d}日", f"{y}年{m:02}月{d:02}日")
    for month in (_MONTHS[m - 1], _LONG[m - 1]):
        yield from (f"{d} {month} {y}", f"{d:02} {month} {y}", f"{month} {d}, {y}", f"{d:02}-{month}-{y}")


def _digits(value: str) -> Iterable[str]:
    """Return a number without its separators: a phone, an id."""
    bare = re.sub(r"[\s().+-]", "", value)
    if bare.isdigit() and len(bare) >= 7:
        yield bare


def encoded(value: str) -> set[bytes]:
    """Return the byte strings to look for in raw bytes whose ASCII letters are lower case."""
    found: set[bytes] = set()
    for text in spellings(value):
        for encoding in ("utf-8", "utf-16-le", "utf-16-be", "gb18030"):
            found.add(text.encode(encoding, "ignore").lower())
    return {one for one in found if len(one) >= _SHORTEST}


def in_base64(value: str) -> set[bytes]:
    """Return what the value looks like inside base64 at each of the three alignments, in its own spelling."""
    found = set()
    for text in {value, value.replace("^", " ")}:
        for encoding in ("utf-8", "utf-16-le", "gb18030"):
            content = text.encode(encoding, "ignore")
            for shift in range(3):
                coded = base64.b64encode(b"\0" * shift + content)
                begin = (0, 2, 3)[shift]
                end = len(coded) - (4 if len(b"\0" * shift + content) % 3 else 0)
                if end - begin >= 6:
                    found.add(coded[begin:end])
    return found
