"""The byte sequences that a search for an identity looks for; none holds another one that would be found as well."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from streams.intake.deid.identities import IdentityKind
from streams.intake.deid.sieve import LEAST
from streams.intake.deid.variants import forms_of, is_cjk

_WIDE = ("utf-8", "utf-16-le", "utf-16-be", "gb18030", "latin-1", "shift_jis", "euc_kr")
_WIDE_IN_PIXELS = _WIDE[:4]
_LEAST_WIDE = 4
_LEAST_DIGITS = 8
_LEAST_CODED = 6


class Needles(NamedTuple):
    """What to look for, of one identity."""

    plain: tuple[bytes, ...]
    """ASCII, in lower case; must stand alone."""
    wide: tuple[bytes, ...]
    """Other characters, in every encoding; in lower case."""
    coded: tuple[bytes, ...]
    """Base64, at each of the three places in a triple."""
    in_pixels: tuple[bytes, ...]
    """Long enough not to occur among pixels by chance."""
    short: frozenset[str]
    """Folded forms so short that only a whole value can be one."""


@lru_cache(maxsize=4096)
def needles_of(kind: IdentityKind, value: str) -> Needles:
    """Return what to look for. The cache holds originals: it lives in the gateway's memory and nowhere else."""
    forms = forms_of(kind, value)
    plain = _least((form.encode() for form in forms.long if form.isascii()), alone)
    foreign = [form for form in forms.long if not form.isascii()]
    wide = _least(_encoded(foreign, _WIDE), _inside)
    if kind is IdentityKind.DATE:
        pixels = [needle for needle in plain if needle.isdigit()]
    else:
        pixels = [*plain, *_encoded((form for form in foreign if all(map(is_cjk, form))), _WIDE_IN_PIXELS)]
    # Of UTF-16 the last zero is left out: what remains is found in either order of bytes.
    pixels = [needle for needle in pixels if _fit_for_pixels(needle)]
    pixels += [needle.decode().encode("utf-16-le")[:-1] for needle in pixels if needle.isascii()]
    return Needles(
        plain=plain,
        wide=wide,
        coded=tuple(_coded(kind, value, forms.long)),
        in_pixels=_least(pixels, _inside),
        short=frozenset(forms.short),
    )


def alone(where: bytes, needle: bytes) -> bool:
    """Return whether `needle` stands in `where` with no letter (digit) beside the letter (digit) at either end."""
    at = where.find(needle)
    while at >= 0:
        end = at + len(needle)
        before, after = where[at - 1 : at] if at else b"", where[end : end + 1]
        if not (_joined(before, needle[:1]) or _joined(needle[-1:], after)):
            return True
        at = where.find(needle, at + 1)
    return False


def _joined(left: bytes, right: bytes) -> bool:
    return (left.isalpha() and right.isalpha()) or (left.isdigit() and right.isdigit())


def _inside(where: bytes, needle: bytes) -> bool:
    return needle in where


def _least(needles: Iterable[bytes], found: Callable[[bytes, bytes], bool]) -> tuple[bytes, ...]:
    """The needles in which no shorter one is found: where that one is absent, they are."""
    least: list[bytes] = []
    for needle in sorted(set(needles), key=lambda needle: (len(needle), needle)):
        if not any(found(needle, other) for other in least):
            least.append(needle)
    return tuple(least)


def _encoded(forms: Iterable[str], encodings: Iterable[str]) -> Iterator[bytes]:
    for form in forms:
        for encoding in encodings:
            try:
                needle = form.encode(encoding).lower()
            except UnicodeEncodeError:
                continue
            if len(needle) >= _LEAST_WIDE:
                yield needle


def _fit_for_pixels(needle: bytes) -> bool:
    """Six bytes with a letter, or eight digits that are no run of equal, rising or falling ones, as ramps have."""
    if not needle.isdigit():
        return len(needle) >= LEAST
    return len(needle) >= _LEAST_DIGITS and len({after - before for before, after in pairwise(needle)}) > 1


def _coded(kind: IdentityKind, value: str, forms: Iterable[str]) -> Iterator[bytes]:
    """Base64 of the value and its words as written, and of its least forms in lower, upper and title case."""
    if kind is IdentityKind.DATE:
        forms = [form for form in forms if form.isdigit() or form[4:5] == "-"]
    written = {value, *re.split(r"[\^=\s]+", value)}
    texts = written | {case for form in forms for case in (form, form.upper(), form.title())}
    for encoding in ("utf-8", "utf-16-le"):
        raw = _least((t.encode(encoding, "replace") for t in texts if len(t.encode()) >= _LEAST_CODED - 1), _inside)
        for needle in raw:
            yield from _places(needle)


def _places(needle: bytes) -> Iterator[bytes]:
    """The characters of base64 that the needle alone decides, at each of its three places in a triple."""
    for lead, drop in ((0, 0), (1, 2), (2, 3)):
        whole, rest = divmod(len(needle) + lead, 3)
        sure = base64.b64encode(b"\0" * lead + needle)[drop : whole * 4 + rest]
        if len(sure) >= _LEAST_CODED:
            yield sure
