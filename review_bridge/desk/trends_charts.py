"""Options of the charts on the trends page, for ECharts; pure. Shares are shown in percent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape
from itertools import pairwise
from typing import Any

from review_bridge.desk.trends import RunShown
from streams.model_payloads import AxisResult, Judgement, Move
from streams.trends.champions import Challenger, ChampionPoint, Champions
from streams.trends.windows import Buckets

Options = dict[str, Any]

FONT = 'system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif'
"""The page's own, named in full: the chart measures texts by it."""
INK, DIM, GRID, ACCENT, PALE = "#1b2430", "#667180", "#e8ecf1", "#1d5c86", "rgba(29, 92, 134, 0.13)"
JUDGED = {
    Judgement.PROMOTED: ("promoted", "#23694a"),
    Judgement.REFUSED: ("refused", "#98292b"),
    Judgement.WAITING: ("waits for a person", "#b57a0d"),
    None: ("not judged", "#8b95a1"),
}
"""What a challenger is called and its colour, by what the gate says."""
STAGE_COLOURS = ("#9aa7b4", "#b9a06b", "#7f6bb0", "#8db4cf", "#1d5c86", "#2f8f83", "#c4632f")
MOST_CHALLENGERS = 60
"""Challengers in the chart, at most: the newest."""
BARE = "bare model"


def shown_name(adapter: str) -> str:
    """Return how a model is called on the page."""
    return adapter or BARE


def champion_chart(found: Champions, axis: str, now: datetime) -> Options:
    """Return champion line, band and challengers on an axis."""
    line = [one for one in found.line if axis in one.scores]
    challengers = [one for one in found.challengers if one.axis(axis)][-MOST_CHALLENGERS:]
    series = [*_champion(line, axis, now, found), *_spans(challengers, axis), *_points(challengers, axis)]
    names = [one["name"] for one in series if one.get("name") and not one["name"].startswith("_")]
    return {
        **_frame(top=46),
        "legend": {**_legend(), "data": list(dict.fromkeys(names))},
        "tooltip": {"trigger": "item", "confine": True},
        "xAxis": {**_time_axis(), "min": _margin(line, now)},
        "yAxis": _percent_axis(),
        "series": series,
    }


def _champion(line: Sequence[ChampionPoint], axis: str, now: datetime, found: Champions) -> list[Options]:
    """The band is two stacked lines: an invisible one up to its lower end, and its width."""
    if not line:
        return []
    at = [*(_ms(one.at) for one in line), max(_ms(now), _ms(line[-1].at))]
    bands = [one.scores[axis] for one in line]
    bands.append(bands[-1])
    plain = {"type": "line", "step": "end", "symbol": "none", "silent": True, "z": 1}
    under = {**plain, "stack": "band", "lineStyle": {"opacity": 0}, "tooltip": {"show": False}}
    return [
        {**under, "name": "_low", "data": _pairs(at, [one.low for one in bands])},
        {
            **under,
            "name": "95 % band",
            "itemStyle": {"color": PALE},
            "areaStyle": {"color": PALE, "opacity": 1},
            "data": _pairs(at, [one.high - one.low for one in bands]),
        },
        {
            **plain,
            "name": "champion",
            "z": 3,
            "itemStyle": {"color": ACCENT},
            "lineStyle": {"color": ACCENT, "width": 2.5},
            "data": _pairs(at, [one.score for one in bands]),
            "markLine": _marks(line, found),
        },
    ]


def _marks(line: Sequence[ChampionPoint], found: Champions) -> Options:
    """Mark where another model became the champion, and where another bench version was scored."""
    told = [
        {"xAxis": _ms(one.at), "label": {"formatter": "promoted" if one.move is Move.PROMOTED else "rolled back"}}
        for one in found.changes
    ]
    benches = [
        {"xAxis": _ms(after.at), "label": {"formatter": "new bench"}, "lineStyle": {"type": "dotted"}}
        for before, after in pairwise(line)
        if after.bench != before.bench
    ]
    look = {"symbol": "none", "animation": False, "lineStyle": {"color": DIM, "width": 1}}
    return {**look, "label": {"color": DIM, "fontSize": 11, "position": "end"}, "data": [*told, *benches]}


def _spans(challengers: Sequence[Challenger], axis: str) -> list[Options]:
    """Show the paired interval of each challenger as an upright line, on the champion's score."""
    spans = []
    for one in challengers:
        result = _result(one, axis)
        ends = [result.champion + result.low, result.champion + result.high]
        spans.append(
            {
                "type": "line",
                "name": "_span",
                "symbol": "none",
                "silent": True,
                "z": 4,
                "tooltip": {"show": False},
                "lineStyle": {"color": JUDGED[one.judgement][1], "width": 2, "opacity": 0.75},
                "data": _pairs([_ms(one.at)] * 2, ends),
            }
        )
    return spans


def _points(challengers: Sequence[Challenger], axis: str) -> list[Options]:
    made = []
    for judgement, (name, colour) in JUDGED.items():
        these = [one for one in challengers if one.judgement is judgement]
        if these:
            data = [
                {
                    "value": [_ms(one.at), _percent(_result(one, axis).candidate)],
                    "symbol": "diamond" if one.simulated else "circle",
                    "tooltip": {"formatter": _told(one, axis)},
                }
                for one in these
            ]
            look = {"symbolSize": 11, "z": 5, "itemStyle": {"color": colour, "borderColor": "#fff", "borderWidth": 1}}
            made.append({"type": "scatter", "name": name, **look, "data": data})
    return made


def _told(one: Challenger, axis: str) -> str:
    result = _result(one, axis)
    lines = [
        f"<b>{escape(shown_name(one.candidate))}</b> beside {escape(shown_name(one.champion))}",
        f"{result.candidate:.1%} to {result.champion:.1%} on {result.items:,} items of {result.cases:,} cases",
        f"Δ {difference(result)} (paired, 95 %)",
        f"gained {result.gained}, lost {result.lost}, unread {one.unread}",
        *([f"chance / majority / blind {result.baselines}"] if result.baselines else []),
        JUDGED[one.judgement][0] + (f" at look {one.look}" if one.look else ""),
    ]
    return "<br>".join([*lines, "<b>simulated decisions</b>"] if one.simulated else lines)


def _result(one: Challenger, axis: str) -> AxisResult:
    found = one.axis(axis)
    assert found is not None
    return found


def difference(result: AxisResult) -> str:
    """Return a difference with its interval, in points: `+3.2 [+0.4, +6.1]`."""
    return f"{result.difference * 100:+.1f} [{result.low * 100:+.1f}, {result.high * 100:+.1f}]"


def rate_chart(found: Buckets) -> Options:
    """Return a line a stage, events a bucket."""
    at = [_ms(one) for one in found.starts]
    series = [
        {
            "type": "line",
            "name": one.stage,
            "symbol": "none",
            "itemStyle": {"color": colour},
            "lineStyle": {"width": 1.8, "color": colour},
            "data": [[x, y] for x, y in zip(at, one.counts, strict=True)],
        }
        for one, colour in zip(found.series, STAGE_COLOURS, strict=True)
    ]
    return {
        **_frame(),
        "legend": {**_legend(), "icon": "roundRect", "itemHeight": 3},
        "tooltip": {"trigger": "axis", "confine": True},
        "xAxis": _time_axis(),
        "yAxis": {**_number_axis(), "minInterval": 1},
        "series": series,
    }


def loss_chart(run: RunShown) -> Options:
    """Return the loss of a run by step."""
    return {
        **_frame(top=14),
        "tooltip": {"trigger": "axis", "confine": True},
        "xAxis": {**_number_axis(), "min": 0, "max": max(run.steps, run.step, 1), "splitLine": {"show": False}},
        "yAxis": {**_number_axis(), "scale": True},
        "series": [
            {
                "type": "line",
                "name": "loss",
                "symbol": "none",
                "itemStyle": {"color": ACCENT},
                "lineStyle": {"width": 2, "color": ACCENT},
                "data": [[step, round(loss, 4)] for step, loss in run.losses],
            }
        ],
    }


def _frame(top: int = 34) -> Options:
    return {
        "animation": False,
        "textStyle": {"fontFamily": FONT, "color": INK},
        "grid": {"left": 52, "right": 18, "top": top, "bottom": 26},
    }


def _legend() -> Options:
    return {"top": 0, "right": 8, "itemGap": 18, "textStyle": {"color": DIM, "fontFamily": FONT, "fontSize": 12}}


def _time_axis() -> Options:
    label = {"color": DIM, "hideOverlap": True, "fontFamily": FONT, "fontSize": 12}
    return {"type": "time", "axisLabel": label, "splitLine": {"show": False}}


def _number_axis() -> Options:
    label = {"color": DIM, "fontFamily": FONT, "fontSize": 12}
    return {"type": "value", "axisLabel": label, "splitLine": {"lineStyle": {"color": GRID}}}


def _percent_axis() -> Options:
    found = _number_axis()
    return {**found, "scale": True, "axisLabel": {**found["axisLabel"], "formatter": "{value} %"}}


def _margin(line: Sequence[ChampionPoint], now: datetime) -> int | None:
    """Return where the axis of time begins: a little before the first comparison, which is then seen whole."""
    if not line:
        return None
    first = _ms(line[0].at)
    return first - max(60_000, (_ms(now) - first) // 40)


def _pairs(at: Sequence[int], shares: Sequence[float]) -> list[list[float]]:
    return [[x, _percent(y)] for x, y in zip(at, shares, strict=True)]


def _percent(share: float) -> float:
    return round(share * 100, 2)


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
