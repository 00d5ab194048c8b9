"""What every generation stage does around what it asks the model.

Look for the result; if there is none, claim it and ask the engine; insert the result if absent; emit the event that
won. So a redelivered record costs a look-up, and two workers on one record cannot fork a sample. Docs:
docs/processing-loop.md, docs/pools.md (claims, suspects).
"""

from __future__ import annotations

import abc
import asyncio
import logging
import random
import socket
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Generic, TypeVar

from actors.claims import ALONE_DEATHS, Claim, Claims, Release, State
from actors.engines.base import Engine
from actors.engines.errors import EngineDead, RequestFailed
from actors.gate import Gate
from actors.results import StageResults, result_key
from actors.stages.asking import Ask, Asking
from actors.usage import Usage
from generation.items import PlannedItem
from generation.reading import Vocabulary, packaged_vocabulary
from generation.requests import ModelRequest
from generation.tasks import GenerationSettings, with_pictures
from streams.blobs import BlobStore
from streams.broker import Position
from streams.coalesce import Coalescer
from streams.crash import CrashPoint, crash_point
from streams.delivery import Delivery
from streams.errors import BlobDamaged, BlobMissing, EventInvalid, EventTooLarge
from streams.events import Event
from streams.loop import StageFailed
from streams.outcomes import Dead, Done, Outcome
from streams.sources import Sources
from streams.telemetry import tracing

P = TypeVar("P")

log = logging.getLogger(__name__)

LOOK_AGAIN = (0.05, 0.2)
"""Seconds, from and to, after which a result that another actor is about to make is looked for again."""
LATELY = 1.0
"""Seconds for which it is remembered that a source was not withdrawn."""
REMEMBERED = 1000
"""Sources of which it is remembered, at most."""
_SETTLING = (RequestFailed, EventInvalid, EventTooLarge, BlobMissing, BlobDamaged)
"""Failures of the item itself, after which it is dead."""


@dataclass(frozen=True)
class StageParts:
    """What a generation stage works with."""

    engine: Engine
    results: StageResults
    sources: Sources
    blobs: BlobStore
    usage: Usage
    claims: Claims
    settings: GenerationSettings
    in_flight: int
    vocabulary: Vocabulary = field(default_factory=packaged_vocabulary)
    """What the read stage chooses from."""
    gate: Gate = field(default_factory=Gate)
    """The way into the engine, for all stages that share it."""


@dataclass(frozen=True)
class Work(Generic[P]):
    """One record, read: what the stage is asked to do."""

    subject: str
    """Id of the item, or version of the source, that it is about."""
    source: str
    """Id of the source."""
    round: int
    payload: P


class GenerationStage(abc.ABC, Generic[P]):
    """Base of read, draft and revise; a subclass reads its record, asks, and makes the event of what was answered."""

    group: ClassVar[str]
    topics: ClassVar[tuple[str, ...]]
    batch = 1

    def __init__(self, parts: StageParts) -> None:
        self._parts = parts
        self.in_flight = parts.in_flight
        self.calls = parts.in_flight
        self._host = socket.gethostname()
        self._find = Coalescer(parts.results.find)
        self._insert = Coalescer(parts.results.insert_first)
        self._gone = Coalescer(self._withdrawn)
        self._looked: dict[str, tuple[float, bool]] = {}

    @abc.abstractmethod
    def read(self, event: Event) -> Work[P]:
        """Return what an event asks for; raises EventInvalid."""

    @abc.abstractmethod
    async def work(self, work: Work[P], ask: Ask) -> Event:
        """Ask the engine, once or more, and return the event that tells what came of it."""

    def told(self, work: Work[P], result: Event) -> Event:
        """Return the event that tells this record's result: the one that is stored."""
        return result

    def shown(self, request: ModelRequest, item: PlannedItem) -> ModelRequest:
        """Return the request with as many of the item's pictures as settings and engine allow."""
        most = min(self._parts.settings.images, self._parts.engine.card.most_images)
        return with_pictures(request, item, most)

    async def handle(self, deliveries: Sequence[Delivery]) -> AsyncIterator[tuple[Delivery, Outcome]]:
        """Handle each record on its own."""
        for one in deliveries:
            try:
                with tracing.within(one):
                    outcome = await self._one(one)
                yield one, outcome
            except EventInvalid as error:
                yield one, Dead("not-an-event", str(error))
            except EventTooLarge as error:
                yield one, Dead("too-large", str(error))
            except (BlobMissing, BlobDamaged) as error:
                yield one, Dead("blob", str(error))
            except RequestFailed as failed:
                yield one, Dead(failed.reason, failed.detail)
            except EngineDead as dead:
                raise StageFailed(f"the engine of stage {self.group} is dead: {dead}") from dead

    async def _one(self, one: Delivery) -> Outcome:
        work = self.read(one.event)
        key = result_key(work.subject, self.group, work.round)
        while (result := await self._find(key)) is None:
            if await self._gone_lately(work.source):
                return Done()
            result = await self._in_turn(work, key, one.position)
            if result is not None:
                break
            await asyncio.sleep(random.uniform(*LOOK_AGAIN))
        # Also for a result that was found: who wrote it may have been killed before it looked.
        if await self._gone(work.source):
            await self._parts.results.erase([key])
            return Done()
        return Done((self.told(work, result),))

    async def _in_turn(self, work: Work[P], key: str, at: Position) -> Event | None:
        """Do the work when nobody else does it, a suspect with nothing else in the engine; returns the event that won,
        None where another has it in hand."""
        claims, gate = self._parts.claims, self._parts.gate
        async with gate.shared():
            claim = await claims.take(key, f"{at.topic}/{at.partition}/{at.offset}")
            if claim.state is State.HELD:
                return None
            if claim.state is State.KILLS:
                raise RequestFailed("kills-engines", killer(work.subject, self.group, claim))
            if not claim.suspect:
                return await self._claimed(work, key)
        log.warning("%s of %s was in flight at %d engine deaths: it runs alone", self.group, work.subject, claim.deaths)
        return await self._claimed(work, key, alone=True)

    async def _claimed(self, work: Work[P], key: str, *, alone: bool = False) -> Event:
        """Do the work and let the claim go, unless the engine died of it."""
        claims, parts = self._parts.claims, self._parts
        asking = Asking(parts.engine, parts.blobs, parts.usage, self.group)

        def release(settled: bool) -> Release:
            return Release(key, settled, asking.prompt_tokens, asking.output_tokens)

        try:
            if alone:
                async with self._parts.gate.alone():
                    await claims.alone(key)
                    winner = await self._result(work, key, asking)
            else:
                winner = await self._result(work, key, asking)
        except EngineDead:
            claims.keep()
            raise
        except _SETTLING:
            await claims.give_back(release(settled=True))
            raise
        except BaseException:
            await claims.give_back(release(settled=False))
            raise
        await claims.settle(release(settled=True))
        return winner

    async def _result(self, work: Work[P], key: str, ask: Ask) -> Event:
        """Let the stage work; returns the event that won."""
        mine = await self.work(work, ask)
        winner = await self._insert((key, work.source, mine))
        crash_point(CrashPoint.AFTER_RESULT_BEFORE_EMIT)
        return winner

    async def _gone_lately(self, source: str) -> bool:
        """Tell whether a source is withdrawn, as known since a moment: this look spares calls, and only the one after
        the write has to be right. Items of one source come in a row."""
        now = time.monotonic()
        known = self._looked.get(source)
        if known is not None and now - known[0] < LATELY:
            return known[1]
        if len(self._looked) >= REMEMBERED:
            self._looked.clear()
        gone = await self._gone(source)
        self._looked[source] = now, gone
        return gone

    async def _withdrawn(self, source_ids: Sequence[str]) -> Sequence[bool]:
        gone = await self._parts.sources.withdrawn(set(source_ids))
        return [one in gone for one in source_ids]


def killer(subject: str, stage: str, claim: Claim) -> str:
    """Say what an item did that is not tried any more."""
    return (
        f"{stage} of {subject}: {claim.deaths + claim.alone_deaths} engines died with it in flight, "
        f"{claim.alone_deaths} of them with nothing else in them ({ALONE_DEATHS} are too many): mend the source or the "
        "engine, then replay it"
    )
