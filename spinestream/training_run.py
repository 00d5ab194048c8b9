"""The training run that the dashboard shows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pymongo.asynchronous.database import AsyncDatabase

from review_bridge.desk.trends import RunShown
from training.run import Run
from training.runs import Runs


async def run_shown(database: AsyncDatabase[dict[str, Any]]) -> RunShown | None:
    """Return the run that goes on, else the one that was begun last; None where there never was one."""
    latest = await Runs(database).latest(1)
    return shown(latest[0]) if latest else None


def shown(run: Run) -> RunShown:
    """Return a run as the dashboard shows it."""
    course = run.course
    return RunShown(
        id=run.id,
        state=run.state.value if run.over else f"{run.state.value}: {run.phase.value}",
        step=course.step,
        steps=course.steps,
        losses=course.losses,
        tokens_per_second=course.tokens_per_second or None,
        began=datetime.fromisoformat(run.begun),
        adapter=run.adapter.name if run.adapter else "",
        simulated=run.simulated,
    )
