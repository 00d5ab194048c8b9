"""In what forms a value of the original may turn up again: orders and separators of names, spellings of dates.

Everything is case folded and NFKC-normalised, as what it is compared with.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from functools import lru_cache
from itertools import permutations
from typing import NamedTuple

from streams.intake.deid.dates import parse_da
from streams.intake.deid.identities import IdentityKind

_TITLES = frozenset(["dr", "mr", "mrs", "ms", "miss", "prof", "md", "phd", "jr", "sr", "ii", "iii"])
_SEPARATORS = (" ", "^", ", ", ",", "_", "-", ".", "")
_LEAST_LETTERS = 4
_LEAST_DIGITS = 6
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)


class Forms(NamedTuple):
    """The forms of a value."""

    long: tuple[str, ...]
    """Long enough to be searched for anywhere."""
    short: tuple[str, ...]
    """So short that only a whole value or a whole word can be one."""


def folded(text: str) -> str:
    """Return a text NFKC-normalised and case folded."""
    return unicodedata.normalize("NFKC", text).casefold()


def is_cjk(text: str) -> bool:
    """Return whether a text holds a character of the CJK blocks (kana and hangul with them)."""
    return any("\u2e80" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7a3" for char in text)


def _is_long(form: str) -> bool:
    """Four letters or digits, six where there are digits only and not all alike, two Chinese characters."""
    if is_cjk(form):
        return len(form) >= 2
    count = sum(map(str.isalnum, form))
    digits_only = count == sum(map(str.isdigit, form))
    if digits_only and len(set(filter(str.isdigit, form))) == 1:
        return False
    return count >= (_LEAST_DIGITS if digits_only else _LEAST_LETTERS)


def name_tokens(name: str) -> tuple[tuple[str, ...], ...]:
    """Return the folded words of each spelling (`=`) of a PN value, family first, without prefix and suffix.

    >>> name_tokens("Doe^John Q^^Dr=王^小明")
    (('doe', 'john', 'q'), ('王', '小明'))
    """
    groups = []
    for group in name.split("="):
        words = [word for part in group.split("^")[:3] for word in re.split(r"[\s,.;_]+", folded(part)) if word]
        if kept := tuple(word for word in words if word not in _TITLES):
            groups.append(kept)
    return tuple(groups)


def _name(name: str) -> set[str]:
    forms: set[str] = {folded(name.rstrip("^="))}
    for words in name_tokens(name):
        forms.update(words)
        forms.update(part for word in words for part in re.split(r"[-'’]", word))
        if len(words) > 1:
            orders = list(permutations(words)) if len(words) <= 3 else [words, words[::-1]]
            orders += [(words[0], words[1]), (words[1], words[0])]
            forms.update(separator.join(order) for order in orders for separator in _SEPARATORS)
    return forms | {_bare(form) for form in forms}


def _bare(text: str) -> str:
    """Without accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def _date(value: str) -> set[str]:
    day = parse_da(value)
    return set() if day is None else date_forms(day)


def date_forms(day: date) -> set[str]:
    """Return the spellings of a day, folded."""
    y, m, d = f"{day.year:04}", f"{day.month:02}", f"{day.day:02}"
    n, e = str(day.month), str(day.day)
    forms = {y + m + d, d + m + y}
    for mark in "-/.":
        forms |= {mark.join(parts) for parts in ((y, m, d), (d, m, y), (m, d, y), (y, n, e), (e, n, y), (n, e, y))}
    month = _MONTHS[day.month - 1]
    for name in (month, month[:3]):
        forms |= {f"{name} {e}, {y}", f"{name} {e} {y}", f"{e} {name} {y}", f"{d}-{name}-{y}", f"{name} {d}, {y}"}
        forms |= {f"{d} {name} {y}"}
    return forms | {f"{y}年{n}月{e}日", f"{y}年{m}月{d}日"}


def _marked(value: str) -> set[str]:
    """An id, number or address: as written, and without its separators."""
    whole = folded(value)
    return {whole, re.sub(r"[\s\-_./()+]", "", whole), re.sub(r"\s+", " ", whole)}


def _contact(value: str) -> set[str]:
    whole = _marked(value)
    return {form.removeprefix("tel:").removeprefix("mailto:") for form in whole} | whole


@lru_cache(maxsize=4096)
def forms_of(kind: IdentityKind, value: str) -> Forms:
    """Return every form of a value that is looked for."""
    if kind is IdentityKind.NAME:
        forms = _name(value)
    elif kind is IdentityKind.DATE:
        forms = _date(value)
    elif kind is IdentityKind.UID:
        forms = {value}
    elif kind is IdentityKind.CONTACT:
        forms = _contact(value)
    else:
        forms = _marked(value)
    forms = {form for form in forms if form}
    long = sorted(form for form in forms if _is_long(form) and (kind is not IdentityKind.UID or len(form) >= 10))
    return Forms(tuple(long), tuple(sorted(forms.difference(long))))
