"""What is told in the traces of samples when a dataset takes them in: there they are released."""

from __future__ import annotations

from collections.abc import Sequence

from review_bridge.store import SampleStore
from streams.telemetry import tracing

MOST = 1_000
"""Samples of one dataset whose traces are told of it, at most."""


async def tell_released(store: SampleStore, snapshot: str, item_ids: Sequence[str]) -> int:
    """Put a span `release` into the trace of every sample of a dataset that is followed; returns how many."""
    if tracing.active() is None:
        return 0
    traces = await store.traces(item_ids, MOST)
    for item, parent in traces.items():
        with tracing.step("release", parent, {"spinestream.subject": item, "spinestream.snapshot": snapshot}):
            pass
    return len(traces)
