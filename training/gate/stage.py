"""Comparisons -> judgements and, where the numbers allow it, the next champion."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from typing import ClassVar

from streams import topics
from streams.audit import append
from streams.crash import CrashPoint, crash_point
from streams.delivery import Delivery
from streams.errors import EventInvalid
from streams.events import Event
from streams.model_payloads import CandidateJudged, ComparisonMade
from streams.outcomes import Dead, Done, Outcome
from training.errors import AdapterUnknown
from training.gate.carrying_out import finish_promotions
from training.gate.decisions import Document, GateDecisions
from training.gate.promoter import Promoter
from training.gate.settings import GateSettings
from training.gate.verdict import Verdict, judge

log = logging.getLogger(__name__)


class GateStage:
    """Judges each comparison once; a redelivered record finds the judgement, whatever the settings are by now."""

    group: ClassVar[str] = "gate"
    topics: ClassVar[tuple[str, ...]] = (topics.COMPARISONS.name,)
    in_flight = 8
    batch = 1
    calls = 1

    def __init__(self, decisions: GateDecisions, promoter: Promoter, settings: GateSettings) -> None:
        self._decisions = decisions
        self._promoter = promoter
        self._settings = settings

    async def finish(self) -> int:
        """Carry out promotions that a crash cut off; returns how many. The role calls it before its loop runs,
        and every record does."""
        return await finish_promotions(self._decisions, self._promoter)

    async def handle(self, deliveries: Sequence[Delivery]) -> AsyncIterator[tuple[Delivery, Outcome]]:
        """Judge one comparison after the other: each is a look."""
        for one in deliveries:
            try:
                yield one, await self._one(topics.COMPARISONS.read(one.event))
            except EventInvalid as error:
                yield one, Dead("not-an-event", str(error))
            except AdapterUnknown as error:
                yield one, Dead("adapter-unknown", str(error))

    async def _one(self, made: ComparisonMade) -> Outcome:
        document = await self._decisions.get(made.comparison)
        if document is None:
            live = await self._promoter.champion()
            if live == made.candidate.name:
                log.info("candidate %s is the champion already: comparison %s is not judged", live, made.comparison)
                return Done()
            if live != made.champion:
                return await self._outdated(made, live)
            document = await self._judged(made)
        crash_point(CrashPoint.AFTER_RESULT_BEFORE_EMIT)
        told = Event.from_stored(document["told"])
        await append(self._decisions.database, told)
        await self.finish()
        return Done((told,))

    async def _judged(self, made: ComparisonMade) -> Document:
        def decide(look: int) -> CandidateJudged:
            return judgement_of(made, look, judge(made, look, self._settings))

        return await self._decisions.record(made, decide)

    async def _outdated(self, made: ComparisonMade, live: str) -> Outcome:
        """Have a candidate scored again that was compared with what is the champion no more: its numbers say nothing of
        the one that is."""
        again = await self._promoter.again(made.candidate)
        log.info(
            "candidate %s was compared with %s, and %s is the champion now: it is scored beside that one",
            *(made.candidate.name, made.champion or "the bare model", live or "the bare model"),
        )
        await append(self._decisions.database, again)
        return Done((again,))


def judgement_of(made: ComparisonMade, look: int, verdict: Verdict) -> CandidateJudged:
    """Return what is told of a verdict."""
    return CandidateJudged(
        candidate=made.candidate.name,
        champion=made.champion,
        comparison=made.comparison,
        judgement=verdict.judgement,
        why=verdict.why,
        look=look,
        numbers=verdict.numbers,
        simulated=made.simulated,
    )
