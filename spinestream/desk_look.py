"""What the desk's pipeline page shows: a survey of the deployment, in the desk's terms."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from review_bridge.desk.pipeline import ActorRow, KindRow, Pipeline, ProcessRow, StageRow
from spinestream.settings import Settings
from spinestream.survey import StoreView, Survey, Surveyor
from spinestream.wiring import Parts
from spinestream.workdir import Workdir
from streams.dependencies import as_dependency_down

SHOWN = ("queued", "held", "accepted", "edited", "rejected", "retracted")


class DeskLook:
    """Looks for the desk."""

    def __init__(self, workdir: Workdir, settings: Settings, parts: Parts) -> None:
        self._surveyor = Surveyor(workdir, settings, parts)
        self._queue = parts.queue

    async def look(self) -> Pipeline | None:
        """Return how the deployment stands, None while a server does not answer."""
        try:
            return pipeline_of(await self._surveyor.look())._replace(oldest_wait=await self._oldest_wait())
        except Exception as error:
            if as_dependency_down(error) is None:
                raise
            return None

    async def _oldest_wait(self) -> float | None:
        if self._queue is None:
            return None
        since = await self._queue.oldest()
        return max(0.0, (datetime.now(UTC) - since).total_seconds()) if since else 0.0


def pipeline_of(found: Survey) -> Pipeline:
    """Return a survey as the desk shows it."""
    view = found.view
    return Pipeline(
        doing=f"{found.holder.command}: {found.holder.step}" if found.holder else "nothing runs here",
        counts=_counts(view) if view else {},
        stages=tuple(_stages(view)) if view else (),
        kinds=tuple(
            KindRow(one.kind, one.language, one.planned, one.queued, one.held, one.dead)
            for one in (view.kinds if view else ())
        ),
        processes=tuple(_processes(found)),
        actors=tuple(_actors(found)),
        budget=_budget(view) if view else "",
    )


def _counts(view: StoreView) -> dict[str, int]:
    now = view.standing
    samples = {state: int(getattr(now.samples, state)) for state in SHOWN}
    return {"sources": now.sources, "open": now.open, **samples, "dead": sum(now.dead.values())}


def _stages(view: StoreView) -> Iterator[StageRow]:
    for name, one in view.stages.items():
        paused = f"paused by {one.paused.who}: {one.paused.why or 'no reason given'}" if one.paused else ""
        yield StageRow(name, one.lag, one.in_flight, one.per_second, paused)


def _processes(found: Survey) -> Iterator[ProcessRow]:
    ours = {one.name for one in found.servers if one.pid}
    for name in ("kafka", "mongodb", "redis"):
        yield ProcessRow(name, "up" if name in ours else "elsewhere" if found.places.get(name) else "down", None)
    for label in found.roles:
        yield ProcessRow(f"role {label}", "up", found.holder.starts.get(label) if found.holder else None)


def _actors(found: Survey) -> Iterator[ActorRow]:
    for one in found.pools.members if found.pools else ():
        in_flight = sum(one.report.in_flight.values()) if one.report else 0
        yield ActorRow(one.pool, one.id[:8], one.state, in_flight, found.tokens_per_second.get(one.id, 0.0))


def _budget(view: StoreView) -> str:
    if view.budget is None or not view.budget.settings.max_tokens:
        return ""
    return f"{view.budget.tokens:,} of {view.budget.settings.max_tokens:,} tokens"
