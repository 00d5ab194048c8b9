"""Pixel data: no byte beyond the image, no bit beyond the stored ones, no comment inside a compressed frame."""

from __future__ import annotations

import numpy as np
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, generate_fragmented_frames
from pydicom.uid import UID

from streams.intake.deid.errors import ObjectRefused, RefusalReason
from streams.intake.deid.walk import text_of

_PIXELS = 0x7FE00010
_JPEG_TEXT = frozenset({0xFE, *range(0xE1, 0xE8), *range(0xE9, 0xEE), 0xEF})
"""COM and APPn but JFIF, SPIFF and Adobe, which say how to read the colours."""
_J2K_TEXT = frozenset({0x64})
_ALONE = frozenset({0x01, *range(0xD0, 0xD9), 0x4F, 0x93})
"""Markers without a length: TEM, restarts, starts of an image and of J2K data."""


def _number(dataset: Dataset, keyword: str, default: int | None = None) -> int:
    value = dataset.get(keyword)
    if value is None or value == "":
        if default is not None:
            return default
        raise ObjectRefused(RefusalReason.BROKEN, f"{keyword} is missing")
    return int(value)


def clean_native(dataset: Dataset, pixels: bytes, little: bool) -> bytes:
    """Return uncompressed pixel bytes cut to the image's size, bits outside BitsStored cleared.

    Signed values get their sign again; values equal to the padding value stay. Raises `ObjectRefused` where bytes
    are missing.
    """
    allocated = _number(dataset, "BitsAllocated")
    count = _number(dataset, "Rows") * _number(dataset, "Columns") * _number(dataset, "SamplesPerPixel", 1)
    count *= _number(dataset, "NumberOfFrames", 1)
    if text_of(dataset, 0x00280004).strip(" \0") == "YBR_FULL_422":
        count = count * 2 // 3
    size = (count * allocated + 7) // 8
    if len(pixels) < size or not size:
        raise ObjectRefused(RefusalReason.NO_PIXELS, f"{len(pixels)} bytes of pixels where {size} are due")
    image = pixels[:size]
    if allocated in (8, 16, 32):
        image = _clear_high_bits(dataset, image, allocated, little)
    return image + b"\0" * (size % 2)


def _clear_high_bits(dataset: Dataset, image: bytes, allocated: int, little: bool) -> bytes:
    stored = _number(dataset, "BitsStored", allocated)
    low = _number(dataset, "HighBit", stored - 1) + 1 - stored
    if stored >= allocated or not 0 <= low <= allocated - stored:
        return image
    order = "<" if little else ">"
    values = np.frombuffer(image, f"{order}u{allocated // 8}")
    mask = ((1 << stored) - 1) << low
    clean = values & mask
    if _number(dataset, "PixelRepresentation", 0) and low == 0:
        sign = np.array(1 << (stored - 1), values.dtype)
        clean = np.where(clean & sign, clean | ((1 << allocated) - 1 - mask), clean)
    if (padding := dataset.get("PixelPaddingValue")) is not None:
        clean = np.where(values == int(padding) % (1 << allocated), values, clean)
    return clean.astype(values.dtype).tobytes()


def clean_frame(frame: bytes) -> bytes:
    """Return a JPEG, JPEG-LS or JPEG 2000 codestream with the payload of its comments zeroed and nothing after its end.

    The length of what stays does not change. Bytes that are no such codestream come back as they are.
    """
    if frame[:2] not in (b"\xff\xd8", b"\xff\x4f"):
        return frame
    texts, scan, least = (_JPEG_TEXT, 0xDA, 0x80) if frame[1] == 0xD8 else (_J2K_TEXT, 0x93, 0x90)
    clean = bytearray(frame)
    at = 2
    while at + 2 <= len(frame):
        marker = frame[at + 1]
        if frame[at] != 0xFF or marker == 0xFF:
            at += 1
            continue
        if marker == 0xD9:
            return bytes(clean[: at + 2])
        length = 0 if marker in _ALONE else int.from_bytes(frame[at + 2 : at + 4], "big")
        if marker in texts:
            clean[at + 4 : at + 2 + length] = bytes(len(clean[at + 4 : at + 2 + length]))
        at += 2 + length
        if marker == scan:
            at = _next_marker(frame, at, least)
    return bytes(clean)


def _next_marker(frame: bytes, at: int, least: int) -> int:
    """Return where the coded data that begins at `at` ends: at the next marker that is no restart."""
    while (at := frame.find(b"\xff", at)) >= 0 and at + 1 < len(frame):
        if frame[at + 1] >= least and not 0xD0 <= frame[at + 1] <= 0xD7 and frame[at + 1] != 0xFF:
            return at
        at += 1
    return len(frame)


def clean_compressed(dataset: Dataset, pixels: bytes) -> bytes:
    """Return frames of one fragment each, without comments; raises `ObjectRefused` where there are none."""
    frames = _number(dataset, "NumberOfFrames", 1)
    try:
        parts = [clean_frame(b"".join(frame)) for frame in generate_fragmented_frames(pixels, number_of_frames=frames)]
    except (ValueError, IndexError, EOFError) as error:
        raise ObjectRefused(RefusalReason.NO_PIXELS, "the fragments of the compressed pixels do not parse") from error
    if not parts:
        raise ObjectRefused(RefusalReason.NO_PIXELS, "the compressed pixels have no frame")
    return encapsulate(parts, has_bot=len(parts) > 1)


def clean_pixels(original: Dataset, clean: Dataset, syntax: UID) -> None:
    """Put the cleaned pixels of `original` into `clean`; raises `ObjectRefused` where they do not fit the image."""
    element = original.get_item(_PIXELS)
    value = element.value if element is not None else None
    if not isinstance(value, bytes) or not value:
        raise ObjectRefused(RefusalReason.NO_PIXELS, "(7FE0,0010) has no value")
    if syntax.is_compressed:
        clean.PixelData = clean_compressed(original, value)
        clean["PixelData"].VR = "OB"
        clean["PixelData"].is_undefined_length = True
        return
    vr = element.VR if element is not None and element.VR in ("OB", "OW") else "OW"
    clean.add_new(_PIXELS, vr, clean_native(original, value, syntax.is_little_endian))
