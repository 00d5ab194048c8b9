"""What is kept of a snapshot beside its blobs, and of who asked for it."""

from __future__ import annotations

from generation.model import Growing
from generation.overlap import Index
from review_bridge.fill import Document
from review_bridge.snapshots.card import Card
from streams.model_payloads import SnapshotMade

REQUESTS = "snapshot_requests"
"""Name of the collection of requests; each keeps the first result that became durable."""
SNAPSHOTS = "snapshots"
"""Name of the collection of snapshots."""
OVERLAPS = "overlaps"
"""Name of the collection of bench versions and their overlap indexes."""


class Snapshot(Growing):
    """A frozen dataset, in short; its rows and its card are blobs."""

    digest: str
    """sha256 of the manifest."""
    card: str
    """Address of the card of the last request that gave it."""
    samples: int
    simulated: bool
    """Whether a decision on any of its samples is simulated."""
    simulated_samples: int
    phantom_samples: int
    made_at: str
    """When it was made first; RFC 3339, UTC."""
    requests: tuple[str, ...]
    """Ids of all requests that gave it, the first one first."""
    withdrawn: tuple[str, ...]
    """Ids of the sources that were withdrawn since; their lines stay in the manifest and leave no export."""


class Result(Growing):
    """What a request came to, first result first kept."""

    made: SnapshotMade
    at: str
    """When; RFC 3339, UTC."""


class Bench(Growing):
    """A bench version whose overlap is kept out."""

    digest: str
    overlap: str
    index: Index


def snapshot_document(card: Card, result: Result) -> Document:
    """Return the document of a snapshot that nobody has asked for twice yet.

    `names` are the ids and versions of its sources: what a tombstone may call them by.
    """
    names = {name for source in card.sources for name in (source.id, source.version)}
    return {
        "_id": card.snapshot,
        "samples": card.samples,
        "simulated": result.made.simulated,
        "simulated_samples": card.simulated,
        "phantom_samples": card.phantom,
        "made_at": result.at,
        "names": sorted(names),
    }


def result_entry(result: Result) -> Document:
    """Return what a snapshot's document says of one request for it."""
    return {"request": result.made.request, "card": result.made.card, "at": result.at}


def snapshot_of(document: Document) -> Snapshot:
    """Return the snapshot that a stored document holds."""
    results = sorted(document["results"], key=lambda one: (one["at"], one["request"]))
    derived = {
        "digest": document["_id"],
        "card": results[-1]["card"],
        "requests": [one["request"] for one in results],
        "withdrawn": sorted(document.get("withdrawn", ())),
    }
    return Snapshot.model_validate({**document, **derived})
