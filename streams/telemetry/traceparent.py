"""The header that names a trace: W3C Trace Context, version 00 (https://www.w3.org/TR/trace-context/)."""

from __future__ import annotations

import re
from typing import NamedTuple

_FORM = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_SAMPLED = 1
ROOT_BITS = (1 << 64) - 1


class Parent(NamedTuple):
    """What a header names."""

    trace: int
    span: int
    flags: int


def read(header: str | None) -> Parent | None:
    """Return what a sampled `traceparent` names; None for one that is not sampled, malformed or absent: it comes from
    outside, and a trace is worth no record."""
    found = _FORM.fullmatch(header) if header else None
    if found is None:
        return None
    parent = Parent(*(int(part, 16) for part in found.groups()))
    return parent if parent.trace and parent.span and parent.flags & _SAMPLED else None


def is_sampled(header: str | None) -> bool:
    """Whether a header names a trace that is followed."""
    return read(header) is not None


def write(trace: int, span: int, flags: int) -> str:
    """Return the header of a span."""
    return f"00-{trace:032x}-{span:016x}-{flags & 0xFF:02x}"


def root_span(trace: int) -> int:
    """Return the id of the span that a trace began with: the low half of the trace's id, as
    `spinestream.telemetry.recording` makes it, so that an item can be linked to its source without a header more."""
    return trace & ROOT_BITS
