"""The residual search: is any identity of the original left in what was written?

*Outside the pixels*, and in any text: every long form of every identity, as UTF-8, UTF-16, GB18030 and base64, case
folded. A form of letters or digits must stand alone: a Gina is not found inside ORIGINAL.
*Short forms* (under four letters, six digits) only as the whole value of a decoded text element.
*In the pixels*: forms of six bytes with a letter, or of eight digits that are no run of equal or rising values.
Shorter ones occur there by chance: in 100 images of 500 kB about once for five letters, never for six.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from functools import lru_cache
from io import BytesIO
from itertools import pairwise
from typing import NamedTuple

from pydicom import dcmread
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset

from streams.intake.deid.identities import Identities, IdentityKind
from streams.intake.deid.rules import TEXTS, vr_of
from streams.intake.deid.settings import DateMode
from streams.intake.deid.variants import Forms, folded, forms_of

_PIXELS = 0x7FE00010
_WIDE = ("utf-8", "utf-16-le", "utf-16-be", "gb18030", "latin-1", "shift_jis", "euc_kr")
_FOLD = bytes(ord(chr(b).lower()) if b < 128 and chr(b).isprintable() else (b if b >= 128 else 10) for b in range(256))
_LEAST_IN_PIXELS = 6
_LEAST_DIGITS_IN_PIXELS = 8
_LEAST_CODED = 6


class Hit(NamedTuple):
    """An identity that was found. It tells the kind and the place, never the value."""

    kind: IdentityKind
    place: str
    """`header`, `pixels`, `text`, or the tag of an element."""
    form: str
    """`plain`, `wide` (an encoding other than ASCII), `base64` or `whole value`."""


class _Needles(NamedTuple):
    """The byte forms of an identity."""

    plain: tuple[bytes, ...]
    wide: tuple[bytes, ...]
    coded: tuple[bytes, ...]
    in_pixels: tuple[bytes, ...]
    short: frozenset[str]


def _coded(form: bytes) -> Iterator[bytes]:
    """The characters of base64 that the form alone decides, at each of its three places in a triple."""
    for lead, drop in ((0, 0), (1, 2), (2, 3)):
        whole = len(form) + lead
        text = base64.b64encode(b"\0" * lead + form)
        sure = text[drop : whole // 3 * 4 + (whole % 3 and whole % 3)]
        if len(sure) >= _LEAST_CODED:
            yield sure


def _cases(forms: Sequence[str], value: str) -> set[str]:
    return {case for form in forms for case in (form, form.upper(), form.title())} | {value}


def _in_pixels(needle: bytes) -> bool:
    if len(needle) < _LEAST_IN_PIXELS:
        return False
    if not needle.isdigit():
        return True
    steps = {after - before for before, after in pairwise(needle)}
    return len(needle) >= _LEAST_DIGITS_IN_PIXELS and len(steps) > 1


@lru_cache(maxsize=4096)
def _needles(kind: IdentityKind, value: str) -> _Needles:
    forms: Forms = forms_of(kind, value)
    plain = tuple(form.encode() for form in forms.long if form.isascii())
    wide: set[bytes] = set()
    for form in forms.long:
        if not form.isascii():
            for encoding in _WIDE:
                wide.add(form.encode(encoding, "ignore").lower())
    wide = {needle for needle in wide if len(needle) >= 4}
    worth = [form for form in forms.long if kind is not IdentityKind.DATE or form.isalnum() or form[4:5] == "-"]
    coded = {part for case in _cases(worth, value) for part in _coded(case.encode("utf-8", "replace"))}
    coded |= {part for case in (value, *worth) for part in _coded(case.encode("utf-16-le", "replace"))}
    pixels = [n for n in plain if _in_pixels(n) and (kind is not IdentityKind.DATE or n.isdigit())]
    pixels += [n for n in wide if len(n) >= _LEAST_IN_PIXELS]
    return _Needles(plain, tuple(wide), tuple(coded), tuple(pixels), frozenset(forms.short))


def _alone(where: bytes, needle: bytes) -> bool:
    """Return whether the needle stands in `where` with no letter (digit) beside its letter (digit) at either end."""
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


def _in_header(content: bytes, identities: Identities, place: str, mode: DateMode) -> Iterator[Hit]:
    low = content.lower()
    views = (low, low[0::2], low[1::2])
    for kind, value in identities:
        if kind is IdentityKind.DATE and mode is DateMode.YEAR_ONLY and value.endswith("0101"):
            continue
        needles = _needles(kind, value)
        if any(needle in view and _alone(view, needle) for needle in needles.plain for view in views):
            yield Hit(kind, place, "plain")
        if any(needle in low for needle in needles.wide):
            yield Hit(kind, place, "wide")
        if any(needle in content for needle in needles.coded):
            yield Hit(kind, place, "base64")


def _in_pixel_bytes(content: bytes, identities: Identities) -> Iterator[Hit]:
    plain = content.translate(_FOLD)
    views = (plain, plain[0::2], plain[1::2])
    for kind, value in identities:
        needles = _needles(kind, value).in_pixels
        if any(needle in view for needle in needles for view in views):
            yield Hit(kind, "pixels", "plain")


def _whole_values(dataset: Dataset, short: dict[str, IdentityKind]) -> Iterator[Hit]:
    """Compare the short forms with the whole values of text elements, at every depth."""
    for tag in dataset.keys():  # noqa: SIM118 - iterating a dataset decodes it
        element = dataset.get_item(tag)
        vr = (element.VR if element is not None else None) or vr_of(tag)
        if vr == "SQ":
            for item in dataset[tag].value or ():
                yield from _whole_values(item, short)
        elif vr in TEXTS and element is not None:
            value = element.value
            text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value or "")
            for part in folded(text).replace("^", "\\").split("\\"):
                if kind := short.get(part.strip(" \0")):
                    yield Hit(kind, f"({tag >> 16:04X},{tag & 0xFFFF:04X})", "whole value")


def _pixel_span(dataset: Dataset, size: int) -> tuple[int, int]:
    """Where the value of the pixel element lies in the file; the file's end twice where there is none."""
    element = dataset.get_item(_PIXELS) if _PIXELS in dataset else None
    if not isinstance(element, RawDataElement) or not isinstance(element.value, bytes):
        return size, size
    return element.value_tell, element.value_tell + len(element.value)


def _in_object(content: bytes, identities: Identities, mode: DateMode) -> Iterator[Hit]:
    try:
        dataset = dcmread(BytesIO(content))
        start, end = _pixel_span(dataset, len(content))
        short = {form: kind for kind, value in identities for form in _needles(kind, value).short}
        yield from _whole_values(dataset, short)
    except Exception:  # noqa: BLE001 - what cannot be parsed is searched as plain bytes
        start = end = len(content)
    yield from _in_header(content[:start], identities, "header", mode)
    yield from _in_header(content[end:], identities, "header", mode)
    yield from _in_pixel_bytes(content[start:end], identities)


def residual_hits(content: bytes | str, identities: Identities, mode: DateMode = DateMode.SHIFT) -> list[Hit]:
    """Return where any identity is left in a DICOM object, in other bytes, or in a text; empty is what may pass.

    In `YEAR_ONLY` mode an original January 1 is not told from what the mode writes, and is left out.
    """
    if isinstance(content, bytes):
        return list(dict.fromkeys(_in_object(content, identities, mode)))
    return list(dict.fromkeys(_in_header(folded_keeping_base64(content), identities, "text", mode)))


def folded_keeping_base64(text: str) -> bytes:
    """Return a text and its folded form as UTF-8: base64 needs the one, names need the other."""
    return text.encode("utf-8", "replace") + b"\n" + folded(text).encode("utf-8", "replace")
