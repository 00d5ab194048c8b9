"""The residual search: is any identity of the original left in what was written?

*Outside the pixels*, and in any text: every long form of every identity, as UTF-8, UTF-16, GB18030 and base64, case
folded. A form of letters or digits must stand alone: a Gina is not found inside ORIGINAL.
*Short forms* (under four letters, six digits) only as the whole value of a decoded text element.
*In the pixels*: forms of six bytes with a letter, or of eight digits that are no run of equal, rising or falling ones.
Shorter ones occur by chance: in noise of 500 kB one of 30 forms of four letters in every 20th image, of six letters in
one of 300,000.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import NamedTuple

from pydicom import dcmread
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset

from streams.intake.deid.identities import Identities, IdentityKind
from streams.intake.deid.keep import KNOWN
from streams.intake.deid.needles import alone, needles_of
from streams.intake.deid.rules import TEXTS, vr_of
from streams.intake.deid.settings import DateMode
from streams.intake.deid.sieve import found
from streams.intake.deid.variants import folded

_PIXELS = 0x7FE00010


class Hit(NamedTuple):
    """An identity that was found. It tells the kind and the place, never the value."""

    kind: IdentityKind
    place: str
    """`header`, `pixels`, `text`, or the tag of an element."""
    form: str
    """`plain`, `wide` (an encoding other than ASCII), `base64` or `whole value`."""


def _in_header(content: bytes, identities: Identities, place: str, mode: DateMode) -> Iterator[Hit]:
    low = content.lower()
    views = (low, low[0::2], low[1::2])
    for kind, value in identities:
        if kind is IdentityKind.DATE and mode is DateMode.YEAR_ONLY and value.endswith("0101"):
            continue
        needles = needles_of(kind, value)
        if any(needle in view and alone(view, needle) for needle in needles.plain for view in views):
            yield Hit(kind, place, "plain")
        if any(needle in low for needle in needles.wide):
            yield Hit(kind, place, "wide")
        if any(needle in content for needle in needles.coded):
            yield Hit(kind, place, "base64")


def _in_pixel_bytes(content: bytes, identities: Identities) -> Iterator[Hit]:
    kinds = {needle: kind for kind, value in identities for needle in needles_of(kind, value).in_pixels}
    yield from (Hit(kinds[needle], "pixels", "plain") for needle in found(content, kinds))


def _whole_values(dataset: Dataset, short: dict[str, IdentityKind]) -> Iterator[Hit]:
    """Compare the short forms with whole values of text at every depth, but of elements that hold listed terms only."""
    for tag in dataset.keys():  # noqa: SIM118 - iterating a dataset decodes it
        element = dataset.get_item(tag)
        vr = (element.VR if element is not None else None) or vr_of(tag)
        if vr == "SQ":
            for item in dataset[tag].value or ():
                yield from _whole_values(item, short)
        elif vr in TEXTS and element is not None and tag not in KNOWN:
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
        short = {form: kind for kind, value in identities for form in needles_of(kind, value).short}
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
