"""Withdrawing a source across all who own something of it: tombstone first, then every sweep."""

from __future__ import annotations

from typing import Any

from review_bridge import sweep
from spinestream.errors import NotFound
from spinestream.wiring import Parts


async def withdraw_source(parts: Parts, source_id: str, who: str, why: str) -> dict[str, Any]:
    """Withdraw a source id; safe to repeat. Raises NotFound when no version of it is known."""
    versions = [one["_id"] for one in await parts.sources.known() if one["id"] == source_id]
    if not versions:
        raise NotFound(f"no source is called {source_id}; `spinestream sources list` shows those there are")
    new = await parts.sources.withdraw(source_id, who, why, outbox=None)
    assert parts.queue is not None
    retracted = await sweep(parts.store, parts.queue, source_id, why, parts.sources.withdrawn)
    erased = await parts.results.erase_source(source_id)
    marked = await parts.snapshots.mark_withdrawn(source_id)
    await parts.runs.taint(source_id)
    adapters = await parts.registry.taint(source_id)
    # Last, for a broker that is away must not keep samples live; the tombstone holds whatever becomes of its event.
    await parts.send(parts.sources.tombstones)
    return {
        "id": source_id,
        "versions": versions,
        "new": new,
        "retracted": retracted,
        "results_erased": erased,
        "snapshots_marked": marked,
        "adapters_marked": list(adapters),
    }
