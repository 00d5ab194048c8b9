"""A survey of a deployment, for the terminal."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from spinestream.cli.summary import kinds_table, spending
from spinestream.route_view import RouteView
from spinestream.survey import StageView, StoreView, Survey


def survey_view(found: Survey) -> RenderableType:
    """Return tables of all there is to see."""
    parts: list[RenderableType] = [Text(_headline(found), style="bold"), _processes(found)]
    if found.pools is not None and found.pools.members:
        parts.append(_members(found))
    if found.pools is not None:
        parts += [Text(one.trouble) for one in found.pools.pools if one.trouble]
    if found.view is None:
        parts.append(Text("no store runs: `spinestream up` starts one"))
        return Group(*parts)
    if found.view.stages:
        parts.append(_stages(found.view))
    elif found.view.paused:
        parts.append(Text(f"paused: {', '.join(found.view.paused)}"))
    if found.view.kinds:
        parts.append(kinds_table(found.view.kinds))
    if found.view.route is not None and (told := route_line(found.view.route)):
        parts.append(Text(told))
    return Group(*parts, Text(_counts(found.view)))


def survey_line(found: Survey) -> str:
    """Return the same in one line."""
    told = [_headline(found)]
    if found.view is not None:
        told += [f"{name} {_stage(one)}" for name, one in found.view.stages.items()]
        told.append(_counts(found.view))
    return " · ".join(told)


def _headline(found: Survey) -> str:
    holder = found.holder
    return f"`{holder.command}` (pid {holder.pid}): {holder.step}" if holder else "nothing runs here"


def _processes(found: Survey) -> Table:
    table = _table("what", "where", "pid", "starts")
    for server in found.servers:
        place = found.places.get(server.name) or ("stopped" if not server.pid else f"port {server.port}")
        table.add_row(server.name, str(place), str(server.pid or "–"), "")
    for name in ("kafka", "mongodb", "redis"):
        if found.places.get(name) and name not in {one.name for one in found.servers}:
            table.add_row(name, str(found.places[name]), "–", "")
    for name in ("web", "metrics", "dicom"):
        if found.places.get(name):
            table.add_row(name, str(found.places[name]), "", "")
    for label, pid in found.roles.items():
        starts = found.holder.starts.get(label) if found.holder else None
        table.add_row(f"role {label}", "", str(pid), str(starts or ""))
    table.caption = f"logins in {found.places['credentials']}"
    return table


def _members(found: Survey) -> Table:
    assert found.pools is not None
    table = _table("pool", "actor", "state", "pid", "in flight", "tokens/s", "answers with")
    for one in found.pools.members:
        flight = one.report.in_flight if one.report else {}
        told = ", ".join(f"{stage} {number}" for stage, number in flight.items())
        rate = found.tokens_per_second.get(one.id, 0.0)
        adapter = one.report.adapter if one.report else ""
        table.add_row(one.pool, one.id[:8], one.state, str(one.pid or "–"), told, f"{rate:.0f}", adapter)
    return table


def _stages(view: StoreView) -> Table:
    table = _table("stage", "waiting", "in flight", "per second", "")
    for name, one in view.stages.items():
        stands = f"paused by {one.paused.who}: {one.paused.why or 'no reason given'}" if one.paused else ""
        flight = "" if one.in_flight is None else str(one.in_flight)
        table.add_row(name, str(one.lag), flight, f"{one.per_second:.1f}", stands)
    return table


def route_line(route: RouteView) -> str:
    """Return which adapter answers; nothing where none was ever promoted."""
    told = (
        [f"route: {route.adapter or 'the bare model'} since {route.since} (promotion {route.seq})"] if route.seq else []
    )
    if (wanted := route.wanted) is not None:
        failed = f", {wanted.failed} cannot: {wanted.why}" if wanted.failed else ""
        told.append(
            f"wanted: {wanted.adapter or 'the bare model'} (promotion {wanted.seq}), loaded by {wanted.loaded}{failed}"
        )
    return " · ".join(told)


def _stage(one: StageView) -> str:
    return f"{one.lag} ({'paused' if one.paused else f'{one.per_second:.1f}/s'})"


def _counts(view: StoreView) -> str:
    now = view.standing
    told = f"queued {now.samples.queued} · held {now.samples.held} · dead {sum(now.dead.values())} · open {now.open}"
    told += f" · quarantined {view.quarantined}" if view.quarantined else ""
    return told + (f" · budget {spending(view.budget)}" if view.budget else "")


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(name)
    return table
