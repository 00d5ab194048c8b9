"""Looks where the sources of a run stand, and tells."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from actors.budget import BudgetStanding
from actors.usage import Used
from spinestream.pools_file import pools_told
from spinestream.running.register import Registered
from spinestream.running.report import Standing, standing
from spinestream.wiring import Parts
from spinestream.workdir import Workdir
from streams.controls import Paused
from streams.dependencies import as_dependency_down

Show = Callable[[str, Standing | None, Used], None]
"""Told what goes on: a step's name, where everything stands, what was used so far."""

STILL_LOOKS = 4
"""Looks in a row that must find nothing moved, before a run with paused stages takes it that nothing will."""


class Watch:
    """What a run saw last."""

    def __init__(self, workdir: Workdir, parts: Parts, registered: Registered, before: Used, show: Show) -> None:
        self._workdir = workdir
        self._parts = parts
        self._registered = registered
        self._before = before
        self._show = show
        self._last: Standing | None = None
        self._same = 0
        self.used = Used()
        """Since the run began."""
        self.paused: Mapping[str, Paused] = {}
        self.budget: BudgetStanding | None = None
        self.seconds = 0.0
        """What the last look took."""

    @property
    def standing(self) -> Standing:
        """Where everything stood at the last look."""
        assert self._last is not None
        return self._last

    @property
    def blocked(self) -> bool:
        """Whether all that is open waits for stages that stand still."""
        return bool(self.paused) and not self.standing.moves(self.paused)

    @property
    def still(self) -> bool:
        """Whether that is so, nothing of these stages runs any more, and nothing has changed for a while."""
        told = pools_told(self._workdir)
        running = told.in_hand(self.paused) if told else 0
        return self.blocked and not running and self._same >= STILL_LOOKS

    async def look(self, step: str) -> Standing:
        """Return where everything stands; while a server comes back, where it stood last."""
        began = time.monotonic()
        try:
            now = await standing(self._parts, self._registered.versions)
            await self._look_beside()
        except Exception as error:
            if self._last is None or as_dependency_down(error) is None:
                raise
            return self._last
        now = replace(now, untaken=self._registered.untaken)
        self._same = self._same + 1 if now == self._last else 0
        self._last = now
        self.seconds = time.monotonic() - began
        stands = f" (paused: {', '.join(self.paused)})" if self.paused else ""
        self._show(step + stands, now, self.used)
        return now

    async def _look_beside(self) -> None:
        parts = self._parts
        if parts.usage is not None:
            self.used = (await parts.usage.used()).since(self._before)
        if parts.budget is not None:
            self.budget = await parts.budget.look()
            self.paused = await parts.budget.pauses_at(self.budget)
