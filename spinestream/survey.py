"""What there is to see of a deployment, looked at from outside; nothing is started for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from actors.budget import BudgetStanding
from actors.compute import paused_for
from actors.pools.notes import MemberNote
from actors.stages import STAGES
from review_bridge.sink import SinkStage
from spinestream.embedded import ServerStatus, status
from spinestream.endpoints import addresses_now, endpoints
from spinestream.pools_file import PoolsTold, pools_told
from spinestream.route_view import RouteView, route_view
from spinestream.running.kinds import KindStanding, by_kind, kinds
from spinestream.running.rates import Rates
from spinestream.running.report import Standing, standing
from spinestream.seat import Holder, holder
from spinestream.sessions import members
from spinestream.settings import Settings, load
from spinestream.supervisor import roles_told
from spinestream.wiring import Parts, connected
from spinestream.workdir import Workdir
from streams.controls import PAUSABLE, Paused
from streams.intake.plan_stage import PlanStage
from streams.intake.split_stage import SplitStage

GROUPS: Mapping[str, tuple[str, ...]] = {
    one.group: one.topics
    for one in (SplitStage, STAGES["read"], PlanStage, STAGES["draft"], STAGES["revise"], SinkStage)
}
"""Consumer group of each stage in the order work flows, with the topics it reads."""


@dataclass(frozen=True, slots=True)
class StageView:
    """One stage."""

    lag: int
    """Records that came and are not committed; those in flight are among them."""
    in_flight: int | None
    """Records in the hands of engine actors; None for a stage without an engine, which holds a few at a time, and where
    the pools run in another work folder."""
    per_second: float
    """Records committed a second, of late."""
    paused: Paused | None


@dataclass(frozen=True, slots=True)
class StoreView:
    """What store and broker say."""

    stages: Mapping[str, StageView]
    """Empty where no broker runs."""
    standing: Standing
    kinds: tuple[KindStanding, ...]
    budget: BudgetStanding | None
    paused: Mapping[str, Paused]
    quarantined: int = 0
    """Objects from the hospital that were refused and are held."""
    route: RouteView | None = None
    """Which adapter answers, and which is wanted."""


@dataclass(frozen=True)
class Survey:
    """A deployment at one moment."""

    places: Mapping[str, Any]
    holder: Holder | None
    servers: tuple[ServerStatus, ...]
    roles: Mapping[str, int]
    """Role processes that live: {label: pid}."""
    pools: PoolsTold | None
    tokens_per_second: Mapping[str, float]
    """By engine actor, of late."""
    view: StoreView | None
    """None where no store runs."""

    def as_json(self) -> dict[str, Any]:
        """Return the object that `status --json` prints."""
        view = self.view
        return {
            **self.places,
            "running": self.holder is not None,
            "ready": self.holder is not None and self.holder.ready,
            "supervisor": self.holder.model_dump(mode="json", exclude={"started"}) if self.holder else None,
            "servers": [one._asdict() for one in self.servers],
            "roles": {label: {"pid": pid, "starts": self._starts(label)} for label, pid in self.roles.items()},
            "pools": self._pools(),
            "stages": {name: asdict(one) for name, one in view.stages.items()} if view else {},
            "paused": {name: asdict(one) for name, one in view.paused.items()} if view else {},
            "counts": _counts(view.standing) if view else None,
            "by_kind": by_kind(view.kinds) if view else None,
            "quarantined": view.quarantined if view else None,
            "budget": view.budget.as_json() if view and view.budget else None,
            "route": asdict(view.route) if view and view.route else None,
        }

    def _starts(self, label: str) -> int | None:
        return self.holder.starts.get(label) if self.holder else None

    def _pools(self) -> list[dict[str, Any]]:
        told = [asdict(one) for one in self.pools.pools] if self.pools else []
        for pool in told:
            for member in pool["members"]:
                member["tokens_per_s"] = round(self.tokens_per_second.get(member["id"], 0.0), 1)
        return told


def _counts(now: Standing) -> dict[str, Any]:
    samples = now.samples
    states = ("planned", "drafted", "queued", "held", "accepted", "edited", "rejected", "retracted")
    return {
        "sources": now.sources,
        "unplanned": now.unplanned,
        **{state: getattr(samples, state) for state in states},
        "open": now.open,
        "dead": now.dead,
    }


class Surveyor:
    """Looks again and again, and so knows how fast things move."""

    def __init__(self, workdir: Workdir, settings: Settings | None = None, parts: Parts | None = None) -> None:
        """`parts` are open connections to look through; without them each look opens its own, to what runs then."""
        self._workdir = workdir
        self._settings = settings or load(workdir)
        self._parts = parts
        self._rates = Rates()

    async def look(self) -> Survey:
        """Look once. Raises what the broker or the store raises when it ends in between."""
        addresses = addresses_now(self._workdir)
        view = None
        if self._parts is not None:
            view = await self._view(self._parts)
        elif addresses.mongodb:
            async with connected(self._workdir, self._settings, addresses) as parts:
                view = await self._view(parts)
        pools = pools_told(self._workdir)
        reports = [(one.id, one.report.tokens) for one in pools.members if one.report] if pools else []
        return Survey(
            places=endpoints(self._workdir, addresses),
            holder=holder(self._workdir),
            servers=tuple(status(self._workdir.root)),
            roles={label: pid for label, pid in roles_told(self._workdir).items() if pid in members(pid)},
            pools=pools,
            tokens_per_second={name: self._rates.seen(f"tokens of {name}", tokens) for name, tokens in reports},
            view=view,
        )

    async def _view(self, parts: Parts) -> StoreView:
        budget = await parts.budget.look() if parts.budget else None
        asked = await (parts.budget.pauses_at(budget) if parts.budget else parts.controls.paused())
        pools = pools_told(self._workdir)
        paused = {**computing(pools.members if pools else ()), **asked}
        stages = await asyncio.gather(*(self._stage(parts, name, paused) for name in GROUPS)) if parts.broker else ()
        return StoreView(
            stages=dict(zip(GROUPS, stages, strict=False)),
            standing=await standing(parts, None),
            kinds=await kinds(parts),
            budget=budget,
            paused=paused,
            quarantined=await parts.quarantine.count(),
            route=await route_view(parts.routes),
        )

    async def _stage(self, parts: Parts, name: str, paused: Mapping[str, Paused]) -> StageView:
        assert parts.broker is not None
        states = (await asyncio.to_thread(parts.broker.states, name, GROUPS[name])).values()
        at = time.monotonic()
        done = [max(one.committed or 0, one.start) for one in states]
        pools = pools_told(self._workdir)
        return StageView(
            lag=sum(max(0, one.end - first) for one, first in zip(states, done, strict=True)),
            in_flight=in_flight(name, pools),
            per_second=round(self._rates.seen(name, sum(done), at), 2),
            paused=paused.get(name) if name in PAUSABLE else None,
        )


def in_flight(stage: str, pools: PoolsTold | None) -> int | None:
    """Return the records of a stage that engine actors have in hand; None without an engine, or where nobody knows."""
    return pools.in_hand([stage]) if pools and stage in STAGES else None


def computing(members: Iterable[MemberNote]) -> dict[str, Paused]:
    """Return the stages that stand still for the compute lease, as their engines say."""
    said = [(one.report.in_flight, one.report.computes) for one in members if one.report]
    return {name: one for stages, holder in said for name, one in paused_for(stages, holder).items()}
