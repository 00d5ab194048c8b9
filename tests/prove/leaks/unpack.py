"""What lies inside bytes: archives unpacked, DICOM, JSON and BSON walked, base64 decoded; down to texts and bytes."""

from __future__ import annotations

import base64
import binascii
import gzip
import io
import json
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

_DEEPEST = 12
_BASE64 = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")


class Content(NamedTuple):
    """A piece of content and where it lies."""

    where: str
    value: str | bytes


def contents(where: str, value: Any, depth: int = 0) -> Iterator[Content]:
    """Yield everything a value holds, itself first."""
    if depth > _DEEPEST:
        return
    match value:
        case bytes() | bytearray() | memoryview():
            yield from _of_bytes(where, bytes(value), depth)
        case str():
            yield from _of_text(where, value, depth)
        case dict():
            for name, one in value.items():
                yield from contents(f"{where}.<key>", str(name), depth + 1)
                yield from contents(f"{where}.{str(name)[:40]}", one, depth + 1)
        case list() | tuple() | set():
            for number, one in enumerate(value):
                yield from contents(f"{where}[{number}]", one, depth + 1)
        case None | bool():
            return
        case _:
            yield Content(where, str(value))


def _of_text(where: str, text: str, depth: int) -> Iterator[Content]:
    yield Content(where, text)
    for found in _BASE64.finditer(text):
        piece = found.group()
        try:
            inside = base64.b64decode(piece + "=" * (-len(piece) % 4), validate=True)
        except (binascii.Error, ValueError):
            continue
        yield Content(f"{where}|base64", inside)
    if text[:1] in "{[":
        try:
            inner = json.loads(text)
        except ValueError:
            return
        yield from contents(f"{where}|json", inner, depth + 1)


def _of_bytes(where: str, value: bytes, depth: int) -> Iterator[Content]:
    yield Content(where, value)
    if value[128:132] == b"DICM":
        yield from _of_dicom(where, value, depth)
    elif value[:2] == b"\x1f\x8b":
        yield from _unpacked(f"{where}|gzip", lambda: gzip.decompress(value), depth)
    elif value[:2] in (b"\x78\x01", b"\x78\x9c", b"\x78\xda"):
        yield from _unpacked(f"{where}|zlib", lambda: zlib.decompress(value), depth)
    elif value[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(value)) as archive:
            for name in archive.namelist():
                yield Content(f"{where}|zip", name)
                yield from contents(f"{where}|{name}", archive.read(name), depth + 1)
    else:
        try:
            text = value.decode("utf-8")
        except UnicodeDecodeError:
            return
        yield from _of_text(f"{where}|text", text, depth)


def _unpacked(where: str, open_: Any, depth: int) -> Iterator[Content]:
    try:
        inside = open_()
    except (OSError, EOFError, zlib.error):
        return
    yield from contents(where, inside, depth + 1)


def _of_dicom(where: str, value: bytes, depth: int) -> Iterator[Content]:
    import pydicom

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = pydicom.dcmread(io.BytesIO(value), force=True)
        for one in (*dataset.file_meta.iterall(), *dataset.iterall()):
            if one.VR == "SQ":
                continue
            place = f"{where}|{one.tag}"
            if isinstance(one.value, bytes):
                yield Content(place, one.value)
            else:
                values = one.value if one.VM > 1 else [one.value]
                yield from (Content(place, str(part)) for part in values if part is not None)
