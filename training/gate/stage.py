"""Comparisons -> judgements and, where the numbers allow it, the next champion."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import ClassVar

from streams import topics
from streams.audit import append
from streams.crash import CrashPoint, crash_point
from streams.delivery import Delivery
from streams.errors import EventInvalid
from streams.events import Event
from streams.model_payloads import CandidateJudged, ComparisonMade, Judgement
from streams.outcomes import Dead, Done, Outcome
from training.gate.carrying_out import finish_promotions
from training.gate.decisions import Document, GateDecisions
from training.gate.promoter import Promoter
from training.gate.settings import GateSettings
from training.gate.verdict import Verdict, judge


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

    async def _one(self, made: ComparisonMade) -> Outcome:
        document = await self._decisions.get(made.comparison) or await self._judged(made)
        crash_point(CrashPoint.AFTER_RESULT_BEFORE_EMIT)
        told = Event.from_stored(document["told"])
        await append(self._decisions.database, told)
        await self.finish()
        return Done((told,))

    async def _judged(self, made: ComparisonMade) -> Document:
        live = await self._promoter.champion()
        current = live == made.champion

        def decide(look: int) -> CandidateJudged:
            verdict = judge(made, look, self._settings) if current else outdated(made, live)
            return judgement_of(made, look, verdict)

        return await self._decisions.record(made, decide, counted=current)


def outdated(made: ComparisonMade, live: str) -> Verdict:
    """Return the verdict on a comparison with what is the champion no more: its numbers say nothing of the one that
    is."""
    why = (
        f"not met: it was compared with {made.champion or 'the bare model'}, and {live or 'the bare model'} is the "
        "champion now; it has to be scored beside that one"
    )
    return Verdict(Judgement.REFUSED, (why,), {"champion": live})


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
