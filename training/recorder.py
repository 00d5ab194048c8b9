"""Tells the store how far a run has come, about once a second, whatever thread hears of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from streams.dependencies import as_dependency_down
from training.lora.job import Step
from training.run import Run
from training.runs import Runs

log = logging.getLogger(__name__)

TELL_EVERY = 1.0
"""Seconds between two notes in the store, at least."""


class Recorder:
    """Hears of steps and notes the last one."""

    def __init__(self, runs: Runs, run: Run) -> None:
        self._runs = runs
        self._run = run.id
        self._losses = dict(run.course.losses)
        self._last: Step | None = None
        self._told: Step | None = None

    def hear(self, step: Step) -> None:
        """Take note of a step; a run that goes on from a checkpoint tells some again."""
        self._losses = {number: loss for number, loss in self._losses.items() if number < step.step}
        self._losses[step.step] = step.loss
        self._last = step

    @asynccontextmanager
    async def telling(self) -> AsyncIterator[None]:
        """Tell the store while the body runs, and once more after it. A store that is away is told later."""
        task = asyncio.create_task(self._keep(), name="run-recorder")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self._tell()

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(TELL_EVERY)
            await self._tell()

    async def _tell(self) -> None:
        last = self._last
        if last is None or last is self._told:
            return
        try:
            await self._runs.tell(self._run, last, dict(self._losses))
        except Exception as error:
            down = as_dependency_down(error)
            if down is None:
                raise
            log.info("run %s: %s", self._run, down)
        else:
            self._told = last
