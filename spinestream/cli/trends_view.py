"""Trends, for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from review_bridge.desk.trends import RunShown, TrendsShown
from streams.trends.champions import Champions, band_of
from streams.trends.facts import UNREADABLE
from streams.trends.read import Trends

BARS = " ▁▂▃▄▅▆▇█"
BARE = "bare model"
NEWEST = 10
"""Challengers that are listed."""


def trends_view(found: TrendsShown) -> RenderableType:
    """Return tables of all there is to see."""
    trends = found.trends
    parts: list[RenderableType] = [_headline(found)]
    if trends.simulated:
        parts.append(Text("some of this comes of simulated decisions, which no person made", style="yellow"))
    parts.append(_rates(trends))
    if trends.adapters:
        parts.append(_adapters(trends))
    if trends.reasons:
        parts.append(_held(trends))
    if trends.models.challengers:
        parts += [_challengers(trends.models), _axes(trends.models)]
    parts.append(Text(f"trigger {trends.trigger.state}: {trends.trigger.why}"))
    if found.run is not None:
        parts.append(Text(_run(found.run)))
    return Group(*parts)


def sparkline(counts: Sequence[int]) -> str:
    """Return a bar a count, the highest for the greatest; a count above 0 never looks like 0."""
    most = max(counts, default=0)
    if most == 0:
        return BARS[0] * len(counts)
    return "".join(BARS[0] if one == 0 else BARS[max(1, round(one / most * (len(BARS) - 1)))] for one in counts)


def _headline(found: TrendsShown) -> Text:
    trends = found.trends
    events = sum(number for name, number in trends.totals.items() if name != UNREADABLE)
    told = [f"{events:,} events counted"]
    told.append("no broker runs" if found.behind is None else f"{found.behind:,} not counted yet")
    if number := trends.totals.get(UNREADABLE, 0):
        told.append(f"{number:,} unreadable")
    if trends.models.champion is not None:
        told.append(f"champion {trends.models.champion or BARE}")
    if trends.dead:
        told.append(f"dead {', '.join(f'{group} {number}' for group, number in trends.dead.items())}")
    return Text(" · ".join(told), style="bold")


def _rates(trends: Trends) -> RenderableType:
    table = _table("events", "1 min", "15 min", "24 h", f"a {trends.buckets.bucket}")
    for one, line in zip(trends.rates, trends.buckets.series, strict=True):
        table.add_row(one.stage, str(one.minute), str(one.quarter), str(one.day), sparkline(line.counts))
    speed = trends.speed
    waited = "" if speed.waited is None else f", median wait {speed.waited:,.0f} s"
    told = f"decisions: {speed.hour} in an hour, {speed.day} in a day ({speed.simulated_day} simulated){waited}"
    return Group(table, Text(told))


def _adapters(trends: Trends) -> Table:
    table = _table("drafted by", "kind", "drafted", "accepted", "edited", "rejected", "simulated")
    for one in trends.adapters:
        numbers = (one.drafted, one.accepted, one.edited, one.rejected, one.simulated)
        table.add_row(one.adapter or BARE, one.kind, *(str(number) for number in numbers))
    return table


def _held(trends: Trends) -> RenderableType:
    table = _table("held for", "revisions")
    for reason, number in trends.reasons.items():
        table.add_row(reason, str(number))
    return Group(table, Text(f"{trends.held} of {trends.held + trends.passed} revisions were held"))


def _challengers(models: Champions) -> Table:
    table = _table("challenger", "beside", "score", "champion", "difference, paired 95 %", "gate", "")
    for one in models.challengers[-NEWEST:]:
        result = one.axis("all") or one.axes[0]
        table.add_row(
            one.candidate or BARE,
            one.champion or BARE,
            f"{result.candidate:.1%}",
            f"{result.champion:.1%}",
            f"{result.difference:+.1%} [{result.low:+.1%}, {result.high:+.1%}]",
            one.judgement.value if one.judgement else "not judged",
            "simulated" if one.simulated else "",
        )
    return table


def _axes(models: Champions) -> Table:
    newest = models.challengers[-1]
    table = _table(
        "axis",
        "items",
        "cases",
        "champion",
        "challenger",
        "difference, paired 95 %",
        "gained/lost",
        "chance / majority / blind",
    )
    for one in sorted(newest.axes, key=lambda one: models.axes.index(one.axis)):
        bands = (band_of(one, candidate=False), band_of(one, candidate=True))
        table.add_row(
            one.axis,
            str(one.items),
            str(one.cases),
            *(f"{band.score:.0%} [{band.low:.0%}, {band.high:.0%}]" for band in bands),
            f"{one.difference:+.1%} [{one.low:+.1%}, {one.high:+.1%}]",
            f"{one.gained}/{one.lost}",
            one.baselines or "–",
        )
    return table


def _run(run: RunShown) -> str:
    told = f"run {run.id[:8]} {run.state}, step {run.step} of {run.steps}"
    if run.losses:
        told += f", loss {run.losses[0][1]:.3f} to {run.losses[-1][1]:.3f}"
    return told + (" (simulated)" if run.simulated else "")


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(name)
    return table
