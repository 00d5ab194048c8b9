"""Key slices: which pictures stand for a study, and how they are rendered. Stated rules, no judgement."""

from __future__ import annotations

from streams.intake.key_slices.choose import Chosen, in_order, key_slices
from streams.intake.key_slices.header import SliceHeader, header_of
from streams.intake.key_slices.picture import Picture, PictureFailed, render

__all__ = [
    "Chosen",
    "Picture",
    "PictureFailed",
    "SliceHeader",
    "header_of",
    "in_order",
    "key_slices",
    "render",
]
