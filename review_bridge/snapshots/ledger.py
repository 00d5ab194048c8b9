"""What the reconciler has to know of requests for a dataset that have no result."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from functools import partial
from typing import ClassVar

from review_bridge.fill import Document
from review_bridge.snapshots.requests import SnapshotRequests
from review_bridge.snapshots.stage import SnapshotStage
from streams import topics
from streams.broker import Position
from streams.deadletters import DeadLetters
from streams.events import Event
from streams.reconciler import Outstanding


class RequestLedger:
    """A request is open while it has no result and does not lie in the dead letters."""

    groups: ClassVar[Mapping[str, tuple[str, ...]]] = {SnapshotStage.group: (topics.SNAPSHOT_REQUESTS.name,)}
    after: ClassVar[tuple[tuple[str, tuple[str, ...]], ...]] = ()

    def __init__(self, requests: SnapshotRequests, dead_letters: DeadLetters) -> None:
        self._requests = requests
        self._dead_letters = dead_letters

    async def outstanding(self) -> AsyncIterator[Outstanding]:
        """Yield the requests that were sent and are open."""
        found = {one["_id"]: one for one in await self._requests.open()}
        dead = await self._dead_letters.subjects(SnapshotStage.group, [*found]) if found else ()
        for request in found.keys() - set(dead):
            sent = found[request].get("sent")
            at = Position(*sent) if sent else None
            yield Outstanding(request, partial(_event, found[request]), SnapshotStage.group, at)

    async def moved(self, places: Sequence[tuple[str, Position]]) -> None:
        """Note the new places."""
        for request, at in places:
            await self._requests.moved(request, (at.topic, at.partition, at.offset))


async def _event(document: Document) -> Event:
    return Event.from_stored(document["event"])
