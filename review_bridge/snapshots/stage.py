"""The stage that freezes datasets: request -> snapshot made; bench versions are noted for their overlap."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import ClassVar

from review_bridge.errors import OverlapUnreadable, SourceUnregistered
from review_bridge.snapshots.snapshots import Snapshots
from streams import topics
from streams.delivery import Delivery
from streams.errors import BlobDamaged, BlobMissing, EventInvalid
from streams.events import Event
from streams.model_payloads import BenchVersioned, SnapshotMade, SnapshotRequested
from streams.outcomes import Dead, Done, Outcome
from streams.telemetry import tracing


class SnapshotStage:
    """Requests and bench versions, one at a time: two datasets made at once would be the same work twice.

    Of what has come by now the bench versions go first, so that a request beside one is held against it.
    """

    group: ClassVar[str] = "snapshots"
    topics: ClassVar[tuple[str, ...]] = (topics.SNAPSHOT_REQUESTS.name, topics.BENCHES.name)
    in_flight = 16
    batch = 16
    calls = 1

    def __init__(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots

    async def handle(self, deliveries: Sequence[Delivery]) -> AsyncIterator[tuple[Delivery, Outcome]]:
        """Handle each record on its own."""
        for one in sorted(deliveries, key=_after_benches):
            try:
                with tracing.within(one):
                    outcome = await self._one(one)
                yield one, outcome
            except EventInvalid as error:
                yield one, Dead("not-an-event", str(error))
            except (BlobMissing, BlobDamaged) as error:
                yield one, Dead("blob", str(error))
            except OverlapUnreadable as error:
                yield one, Dead("overlap-unreadable", str(error))
            except SourceUnregistered as error:
                yield one, Dead("source-unregistered", str(error))

    async def _one(self, one: Delivery) -> Outcome:
        if one.position.topic == topics.BENCHES.name:
            versioned: BenchVersioned = topics.BENCHES.read(one.event)
            await self._snapshots.benches.note(versioned, one.event.time)
            return Done()
        requested: SnapshotRequested = topics.SNAPSHOT_REQUESTS.read(one.event)
        return Done((made_event(await self._snapshots.make(requested)),))


def _after_benches(one: Delivery) -> bool:
    return one.position.topic != topics.BENCHES.name


def made_event(made: SnapshotMade) -> Event:
    """Return the event that tells of a snapshot: one of its own for every request."""
    return topics.SNAPSHOTS.event(made, key=made.snapshot, subject=made.snapshot, source="store", detail=made.request)
