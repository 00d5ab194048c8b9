"""One turn of the loop as it is watched from outside: decisions, snapshot, run, comparison, judgement, route.

It does none of the work: the roles do. It waits for what they write, step by step, and says what it waits for.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

from bench.runner.scores import Scores
from generation.samples import Draft, State
from review_bridge.simulation import Simulated, simulate
from spinestream.errors import NothingToReview, TurnLate
from spinestream.wiring import Parts
from streams.model_payloads import AxisResult, CandidateJudged, Judgement
from streams.trends.requests import standing
from training.run import Run, RunState

LOOK_EVERY = 0.5
Tell = Callable[[str], None]
T = TypeVar("T")


@dataclass
class Turn:
    """What came of a turn; steps that were not come to keep their empty values."""

    decisions: Simulated
    request: str = ""
    """Of the trigger."""
    snapshot: str = ""
    samples: int = 0
    simulated: bool = True
    """Whether simulated decisions are in the snapshot."""
    run: str = ""
    run_state: str = ""
    why: str = ""
    """Why the run was refused or failed."""
    steps: int = 0
    first_loss: float | None = None
    last_loss: float | None = None
    adapter: str = ""
    axes: tuple[AxisResult, ...] = ()
    judgement: str = ""
    look: int = 0
    reasons: tuple[str, ...] = ()
    left: str = ""
    """Why a candidate that the gate promotes did not become the champion."""
    route: str = ""
    """The adapter that answers at the end; empty: the bare model."""
    new_drafts: int = 0
    """Drafts made after the route flipped."""
    new_drafts_by: tuple[str, ...] = ()
    """Adapters that made them."""
    seconds: dict[str, float] = field(default_factory=dict)
    """How long each step took."""

    @property
    def promoted(self) -> bool:
        """Whether the gate promoted the candidate, and nothing came in between."""
        return self.judgement == Judgement.PROMOTED and not self.left

    def as_json(self) -> dict[str, Any]:
        """Return the object that `--json` prints."""
        told = {**asdict(self), "decisions": self.decisions._asdict()}
        return {**told, "axes": [one.model_dump(mode="json") for one in self.axes], "promoted": self.promoted}


class TurnWatch:
    """Watches one turn on the parts of a deployment whose roles run."""

    def __init__(self, parts: Parts, tell: Tell, deadline: float) -> None:
        """`deadline` is of the monotonic clock; a step that is not done by then raises TurnLate."""
        self._parts = parts
        self._tell = tell
        self._deadline = deadline
        self._earlier: frozenset[str] = frozenset()
        """Runs of earlier turns."""

    async def follow(self, seed: int) -> Turn:
        """Let the simulated reviewer decide on all that is queued, then wait for what follows from it.

        Raises TurnLate, and NothingToReview where no sample is queued.
        """
        self._earlier = await self._parts.runs.known()
        self._tell("simulated review: every decision is marked")
        turn = Turn(await simulate(self._parts.review(), seed=seed))
        if not any(turn.decisions):
            raise NothingToReview((await self._parts.store.counts()).held)
        run = await self._timed(turn, "train", self._run, turn)
        if run.state is not RunState.TRAINED:
            return turn
        await self._timed(turn, "score", self._comparison, turn)
        await self._timed(turn, "judge", self._judgement, turn)
        if turn.promoted:
            await self._timed(turn, "swap", self._route, turn)
        return turn

    async def drafts(self, turn: Turn, version: str) -> None:
        """Wait until all items of a source version are drafted or dead, and note who drafted them."""

        async def look() -> list[Draft] | str:
            samples = [one for one in await self._parts.store.list(None, source=version) if one.plan is not None]
            open_ = [one for one in samples if one.state is State.PLANNED and not one.dead]
            if not samples or open_:
                return f"new drafts: {len(samples) - len(open_)} of {len(samples)}"
            return [one.draft for one in samples if one.draft is not None]

        drafts = await self._timed(turn, "draft", self._until, look)
        turn.new_drafts = len(drafts)
        turn.new_drafts_by = tuple(sorted({one.provenance.adapter or "" for one in drafts}))

    async def _run(self, turn: Turn) -> Run:
        async def look() -> Run | str:
            runs = [one for one in await self._parts.runs.latest(1) if one.id not in self._earlier]
            if not runs:
                return await self._before_run(turn)
            if not runs[0].over:
                course = runs[0].course
                loss = "" if course.loss is None else f", loss {course.loss:.3f}"
                return f"training: step {course.step} of {course.steps}{loss} ({runs[0].phase.value})"
            return runs[0]

        run: Run = await self._until(look)
        turn.request, turn.snapshot, turn.samples = run.request, run.snapshot, run.samples
        turn.simulated, turn.run, turn.run_state, turn.why = run.simulated, run.id, run.state.value, run.why
        turn.steps, turn.adapter = run.course.steps, run.adapter.name if run.adapter else ""
        if run.course.losses:
            turn.first_loss, turn.last_loss = run.course.losses[0][1], run.course.losses[-1][1]
        return run

    async def _before_run(self, turn: Turn) -> str:
        found = await standing(self._parts.database, simulated=True)
        if found.last is None:
            decided = turn.decisions.accepted + turn.decisions.edited
            return f"trigger: {found.new} new samples of split train ({decided} were accepted or edited)"
        turn.request = found.last.id
        return f"snapshot: request {found.last.id[:8]}"

    async def _comparison(self, turn: Turn) -> None:
        scores = Scores(self._parts.database)

        async def look() -> dict[str, Any] | str:
            made = [one for one in await scores.comparisons() if one["candidate"]["name"] == turn.adapter]
            return made[-1] if made else f"SpineBench: {turn.adapter} beside the champion"

        made = await self._until(look)
        turn.axes = tuple(AxisResult.model_validate(one) for one in made["axes"])

    async def _judgement(self, turn: Turn) -> None:
        async def look() -> dict[str, Any] | str:
            found = await self._parts.gate.of(turn.adapter)
            if not found:
                return "gate"
            carried = found[0]["carried_out"] or found[0]["judgement"] != Judgement.PROMOTED
            return found[0] if carried else "gate: the promotion"

        found = await self._until(look)
        judged = CandidateJudged.model_validate(found["payload"])
        turn.left = found.get("left", "")
        turn.judgement, turn.look, turn.reasons = judged.judgement.value, judged.look, judged.why

    async def _route(self, turn: Turn) -> None:
        async def look() -> str | None:
            live = (await self._parts.routes.look()).live
            return None if live is not None and live.name == turn.adapter else f"swap: engines load {turn.adapter}"

        await self._until(look)
        turn.route = turn.adapter

    async def _timed(self, turn: Turn, step: str, work: Callable[..., Awaitable[T]], *given: Any) -> T:
        began = time.monotonic()
        try:
            return await work(*given)
        finally:
            turn.seconds[step] = round(time.monotonic() - began, 1)

    async def _until(self, look: Callable[[], Awaitable[Any]]) -> Any:
        """Return what `look` finds; a string is what is still waited for."""
        while True:
            found = await look()
            if not isinstance(found, str):
                return found
            self._tell(found)
            if time.monotonic() > self._deadline:
                raise TurnLate(found)
            await asyncio.sleep(LOOK_EVERY)
