"""What the stages that work on whole sources share: read the record, do the work, leave out what is withdrawn."""

from __future__ import annotations

import abc
from collections.abc import AsyncIterator, Sequence
from typing import Any, ClassVar

from streams.blobs import BlobStore
from streams.delivery import Delivery
from streams.errors import BlobDamaged, BlobMissing, EventInvalid, EventTooLarge
from streams.outcomes import Dead, Done, Outcome
from streams.sources import Sources
from streams.telemetry import tracing
from streams.topics import Topic


class SourceStage(abc.ABC):
    """Base of split and plan; the tombstone is read before the work, to spare it, and after its writes."""

    group: ClassVar[str]
    topics: ClassVar[tuple[str, ...]]
    reads: ClassVar[Topic]
    """The topic whose payload `work` is given; it names its source."""
    in_flight = 8
    batch = 1
    calls = 2

    def __init_subclass__(cls) -> None:
        cls.topics = (cls.reads.name,)

    def __init__(self, sources: Sources, blobs: BlobStore) -> None:
        self._sources = sources
        self._blobs = blobs

    @abc.abstractmethod
    async def work(self, payload: Any) -> Outcome:
        """Write what is not written yet; return the events that tell what is there, or why the source is dead."""

    async def handle(self, deliveries: Sequence[Delivery]) -> AsyncIterator[tuple[Delivery, Outcome]]:
        """Work on each source."""
        for one in deliveries:
            try:
                with tracing.within(one):
                    outcome = await self._unless_withdrawn(self.reads.read(one.event))
                yield one, outcome
            except EventInvalid as error:
                yield one, Dead("not-an-event", str(error))
            except EventTooLarge as error:
                yield one, Dead("too-large", str(error))
            except (BlobMissing, BlobDamaged) as error:
                yield one, Dead("blob", str(error))

    async def _unless_withdrawn(self, payload: Any) -> Outcome:
        source_id = payload.source.id
        if await self._sources.withdrawn([source_id]):
            return Done()
        outcome = await self.work(payload)
        return Done() if await self._sources.withdrawn([source_id]) else outcome
