"""Tells the same object in another encoding from another object of the same uid: senders re-encode on the way."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pydicom


def same_object(one: bytes, other: bytes) -> bool:
    """Tell whether two DICOM files hold the same elements with the same values, whatever their transfer syntax.

    Pixels that one of them has compressed or in another byte order count as others.
    """
    return _plain(pydicom.dcmread(BytesIO(one))) == _plain(pydicom.dcmread(BytesIO(other)))


def _plain(dataset: pydicom.Dataset) -> dict[int, Any]:
    """Return values by tag; the VR is left out, since an implicit encoding has none."""
    return {
        int(element.tag): [_plain(item) for item in element.value] if element.VR == "SQ" else element.value
        for element in dataset
    }
