"""Spans of what happens to a source and its items, where a trace is followed: off, a call costs one look at a variable.

A trace begins where a source is taken in, and nowhere else: a record whose header `traceparent` names a sampled trace
has spans, any other has none. A process that makes no spans hands the header on as it came. Docs: docs/telemetry.md.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from streams.telemetry.traceparent import is_sampled

if TYPE_CHECKING:
    from streams.delivery import Delivery
    from streams.telemetry.spans import Spans

Attributes = Mapping[str, Any]

_spans: Spans | None = None


def use(spans: Spans | None) -> None:
    """Make spans with `spans` from now on; None: make none."""
    global _spans
    _spans = spans


def active() -> Spans | None:
    """Return what makes spans, None where none are made."""
    return _spans


@contextlib.contextmanager
def source(attributes: Attributes) -> Iterator[str | None]:
    """Take a source in: yields the `traceparent` its event carries, None where it is not sampled."""
    if _spans is None or not _spans.chosen():
        yield None
        return
    with _spans.root("take in source", attributes) as traceparent:
        yield traceparent


@contextlib.contextmanager
def step(name: str, parent: str | None, attributes: Attributes) -> Iterator[str | None]:
    """Do something in the trace that `parent` names: yields the `traceparent` of it, or `parent` where there is no
    span."""
    if _spans is None or not is_sampled(parent):
        yield parent
        return
    with _spans.step(name, parent, attributes) as traceparent:
        yield traceparent


def within(one: Delivery) -> AbstractContextManager[object]:
    """Do the work on one record: spans and log lines made meanwhile belong to the record's span."""
    if _spans is None or one.span is None:
        return contextlib.nullcontext()
    return _spans.within(one.span)


def identify() -> tuple[str, str] | None:
    """Return trace id and span id (hex) of what is done now, None where no span is open."""
    return None if _spans is None else _spans.current()


def carried(headers: Sequence[tuple[str, bytes]]) -> str | None:
    """Return the `traceparent` of a record's headers, None where there is none."""
    found = next((text for name, text in headers if name == "traceparent"), None)
    return found.decode(errors="replace") if found else None
