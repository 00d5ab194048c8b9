"""What every generation stage does around its one question to the model.

Look for the result; if there is none, ask the engine; insert the result if absent; emit the event that won. So a
redelivered record costs a look-up, and two workers on one record cannot fork a sample. Docs: docs/processing-loop.md.
"""

from __future__ import annotations

import abc
import socket
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from actors.engines.base import Engine
from actors.engines.errors import EngineDead, RequestFailed
from actors.results import StageResults, result_key
from actors.usage import Usage
from generation.items import PlannedItem
from generation.requests import ModelAnswer, ModelRequest
from generation.tasks import GenerationSettings
from streams.coalesce import Coalescer
from streams.crash import CrashPoint, crash_point
from streams.delivery import Delivery
from streams.errors import EventInvalid, EventTooLarge
from streams.events import Event
from streams.loop import StageFailed
from streams.outcomes import Dead, Done, Outcome
from streams.sources import Sources


@dataclass(frozen=True)
class StageParts:
    """What a generation stage works with."""

    engine: Engine
    results: StageResults
    sources: Sources
    usage: Usage
    settings: GenerationSettings
    in_flight: int


@dataclass(frozen=True)
class Work:
    """One record, read: what the stage is asked to do."""

    item: PlannedItem
    round: int
    request: ModelRequest


class GenerationStage(abc.ABC):
    """Base of draft and revise; a subclass reads its record, builds the request and makes the event of the answer."""

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

    @abc.abstractmethod
    def read(self, event: Event) -> Work:
        """Return what an event asks for; raises EventInvalid."""

    @abc.abstractmethod
    def event(self, source: Event, work: Work, answer: ModelAnswer, seconds: float) -> Event:
        """Return the event that tells the answer."""

    async def handle(self, deliveries: Sequence[Delivery]) -> AsyncIterator[tuple[Delivery, Outcome]]:
        """Handle each record on its own."""
        for one in deliveries:
            try:
                yield one, await self._one(one.event)
            except EventInvalid as error:
                yield one, Dead("not-an-event", str(error))
            except EventTooLarge as error:
                yield one, Dead("too-large", str(error))
            except RequestFailed as failed:
                yield one, Dead(failed.reason, failed.detail)
            except EngineDead as dead:
                raise StageFailed(f"the engine of stage {self.group} is dead: {dead}") from dead

    async def _one(self, event: Event) -> Outcome:
        work = self.read(event)
        key = result_key(work.item.id, self.group, work.round)
        result = await self._find(key)
        if result is None:
            if await self._gone(work.item.source.id):
                return Done()
            result = await self._ask(event, work, key)
        # Also for a result that was found: who wrote it may have been killed before it looked.
        if await self._gone(work.item.source.id):
            await self._parts.results.erase([key])
            return Done()
        return Done((result,))

    async def _ask(self, event: Event, work: Work, key: str) -> Event:
        """Ask the engine; returns the event that won."""
        began = time.monotonic()
        await self._parts.usage.called()
        answer = await self._parts.engine.generate(work.request)
        mine = self.event(event, work, answer, time.monotonic() - began)
        winner = await self._insert((key, work.item.source.id, mine))
        crash_point(CrashPoint.AFTER_RESULT_BEFORE_EMIT)
        # After the result, so that a counter that is away costs no second call.
        await self._parts.usage.answered(answer.prompt_tokens, answer.output_tokens)
        return winner

    async def _withdrawn(self, source_ids: Sequence[str]) -> Sequence[bool]:
        gone = await self._parts.sources.withdrawn(set(source_ids))
        return [one in gone for one in source_ids]
