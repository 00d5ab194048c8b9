"""The stage that trains: snapshot made -> run ended and, where it came to that, adapter made.

A request finds the run it came to before, so a redelivered record goes on from the run's last checkpoint, or tells
again what was made. Withdrawals come by the same group: they mark what saw the source, while a run goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import ClassVar

from streams import topics
from streams.crash import CrashPoint, crash_point
from streams.delivery import Delivery
from streams.errors import EventInvalid
from streams.events import Event
from streams.model_payloads import PLAIN_DATASET, RunEnd, RunEnded, SnapshotMade
from streams.outcomes import Dead, Done, Outcome
from streams.payloads import SourceWithdrawn
from training.adapter_record import candidate_event
from training.run import Run, RunState
from training.trainer import Trainer

_ENDS = {RunState.TRAINED: RunEnd.TRAINED, RunState.REFUSED: RunEnd.REFUSED, RunState.FAILED: RunEnd.FAILED}


class TrainStage:
    """Snapshots, one at a time, and withdrawals, at once."""

    group: ClassVar[str] = "trainer"
    topics: ClassVar[tuple[str, ...]] = (topics.SNAPSHOTS.name, topics.WITHDRAWALS.name)
    in_flight = 16
    batch = 1
    calls = 16

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        self._one_run = asyncio.Lock()

    async def handle(self, deliveries: Sequence[Delivery]) -> AsyncIterator[tuple[Delivery, Outcome]]:
        """Handle each record on its own."""
        for one in deliveries:
            try:
                if one.position.topic == topics.WITHDRAWALS.name:
                    withdrawn: SourceWithdrawn = topics.WITHDRAWALS.read(one.event)
                    await self._trainer.taint(withdrawn.source_id)
                    yield one, Done()
                else:
                    yield one, await self._train(topics.SNAPSHOTS.read(one.event))
            except EventInvalid as error:
                yield one, Dead("not-an-event", str(error))

    async def _train(self, made: SnapshotMade) -> Outcome:
        if made.request.startswith(PLAIN_DATASET):
            return Done()
        async with self._one_run:
            run = await self._trainer.run(made)
        crash_point(CrashPoint.AFTER_RESULT_BEFORE_EMIT)
        if run.request != made.request:
            return Done((_repeated(run, made),))
        ended = _ended(run, made.request, _ENDS[run.state], run.why)
        if run.adapter is None:
            return Done((ended,))
        return Done((ended, candidate_event(await self._trainer.registry.get(run.adapter.name))))


def _repeated(run: Run, made: SnapshotMade) -> Event:
    """Return what a request is told that came to a run which another had asked for."""
    return _ended(run, made.request, RunEnd.REFUSED, f"the same run was made before, for request {run.request}")


def _ended(run: Run, request: str, end: RunEnd, why: str) -> Event:
    told = RunEnded(
        run=run.id, snapshot=run.snapshot, end=end, why=why, adapter=run.adapter.name if run.adapter else ""
    )
    return topics.RUNS.event(told, key=run.id, subject=run.id, source="trainer", detail=request)
