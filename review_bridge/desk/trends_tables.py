"""The tables of the trends page."""

from __future__ import annotations

from collections.abc import Sequence

from review_bridge.desk.pipeline import Pipeline
from review_bridge.desk.tags import box, say
from review_bridge.desk.trends import RunShown, TrendsShown
from review_bridge.desk.trends_charts import JUDGED, difference, shown_name
from streams.model_payloads import AxisResult
from streams.trends.champions import Band, Challenger, Champions, band_of
from streams.trends.facts import UNREADABLE
from streams.trends.read import Trends
from streams.trends.trigger import State, Verdict

NARROWEST = 0.02
"""Half of the width that differences are drawn on, at least; a share."""
MOST_REASONS = 8
SIMULATED = "simulated"


def axis_name(axis: str) -> str:
    """Return how an axis is called: `all items`, `pathology`, `level L4/L5`."""
    return "all items" if axis == "all" else axis.replace("_", " ").replace(":", " ")


def show_tiles(found: TrendsShown) -> None:
    """Show the figures one looks for first."""
    trends, models = found.trends, found.trends.models
    point = models.point
    reviewed = trends.passed + trends.held
    with box("div", "counts"):
        champion = "–" if models.champion is None else shown_name(models.champion)
        learnt = f", from {SIMULATED} decisions" if point is not None and point.simulated else ""
        live = "" if models.live in (None, models.champion) else ", not live yet"
        _tile(champion, f"champion{learnt}{live}", "name")
        _tile(_score(point.scores.get("all") if point else None), "of SpineBench, all items")
        _tile(f"{len(models.challengers)}", "challengers scored")
        speed = trends.speed
        feigned = f", {speed.simulated_day:,} of the day's {speed.day:,} {SIMULATED}" if speed.simulated_day else ""
        _tile(f"{speed.hour:,}", f"decisions in the last hour{feigned}")
        _tile("–" if trends.speed.waited is None else _span(trends.speed.waited), "median wait for a decision")
        _tile(f"{trends.held / reviewed:.0%}" if reviewed else "–", "held by the checks", "held")
        _tile(f"{sum(trends.dead.values()):,}", "dead letters", "dead" if trends.dead else "")
        _tile("–" if found.behind is None else f"{found.behind:,}", "events not counted yet")


def _tile(figure: str, what: str, classes: str = "") -> None:
    with box("div", f"count {classes}"):
        say(figure, "b")
        say(what)


def _score(band: Band | None) -> str:
    return "–" if band is None else f"{band.score:.1%}"


def _span(seconds: float) -> str:
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"


def show_notice(trends: Trends) -> None:
    """Say what must not be taken for what it is not."""
    if trends.simulated:
        with box("p", "notice"):
            say(SIMULATED, classes="tag simulated")
            say(
                "Some of what is shown comes of decisions that no person made. They say nothing of a sample's worth; "
                "models that learned from them are drawn as diamonds."
            )
    if number := trends.totals.get(UNREADABLE, 0):
        say(f"{number:,} records of the log are no events of theirs.", "p", "notice")


def show_forest(models: Champions) -> None:
    """Show the newest challenger beside the champion, by axis and level."""
    if not models.challengers:
        return
    newest = models.challengers[-1]
    with box("header", "head"):
        say(f"{shown_name(newest.candidate)} beside {shown_name(newest.champion)}", "h3")
        name, _ = JUDGED[newest.judgement]
        say(name, classes=f"tag judged {newest.judgement.value if newest.judgement else ''}")
        if newest.simulated:
            say(SIMULATED, classes="tag simulated")
    _forest(newest, sorted(newest.axes, key=lambda one: models.axes.index(one.axis)))


def _forest(newest: Challenger, axes: Sequence[AxisResult]) -> None:
    half = max([NARROWEST, *(abs(end) for one in axes for end in (one.low, one.high))])
    with box("table"):
        _columns(
            "axis",
            "items (cases)",
            "champion",
            "challenger",
            "difference, paired 95 %",
            "",
            "gained / lost",
            "chance / majority / blind challenger",
        )
        with box("tbody"):
            for one in axes:
                champion, candidate = band_of(one, candidate=False), band_of(one, candidate=True)
                with box("tr", "whole" if one.axis == "all" else ""):
                    say(axis_name(one.axis), "td", "name")
                    say(f"{one.items:,} ({one.cases:,})", "td", "number")
                    say(_with_band(champion), "td", "number")
                    say(_with_band(candidate), "td", "number")
                    with box("td", "track-cell"):
                        _track(one, half, JUDGED[newest.judgement][1])
                    say(difference(one), "td", "number")
                    say(f"{one.gained} / {one.lost}", "td", "number")
                    say(one.baselines or "–", "td", "number")


def _with_band(band: Band) -> str:
    return f"{band.score:.0%} [{band.low:.0%}, {band.high:.0%}]"


def _track(one: AxisResult, half: float, colour: str) -> None:
    def place(share: float) -> float:
        return 50 + 50 * max(-1.0, min(1.0, share / half))

    with box("div", "track"):
        box("i", "zero")
        left, right = place(one.low), place(one.high)
        box("i", "reach").style(f"left: {left:.2f}%; width: {right - left:.2f}%; background: {colour}")
        box("i", "dot").style(f"left: {place(one.difference):.2f}%; background: {colour}")


def show_stages(trends: Trends, stages: Pipeline | None) -> None:
    """Show how many events came of late, and what waits before each stage."""
    with box("section", "list"):
        with box("header", "head"):
            say("Rates", "h2")
        with box("table"):
            _columns("events", "1 min", "15 min", "24 h")
            with box("tbody"):
                for one in trends.rates:
                    _row(one.stage, f"{one.minute:,}", f"{one.quarter:,}", f"{one.day:,}")
    if stages is None or not stages.stages:
        return
    with box("section", "list"):
        with box("header", "head"):
            say("Lag", "h2")
            say("records that wait before a stage", classes="small")
        with box("table"):
            _columns("stage", "waiting", "in flight", "per second", "dead")
            with box("tbody"):
                for stage in stages.stages:
                    flight = "" if stage.in_flight is None else str(stage.in_flight)
                    dead = trends.dead.get(stage.name, 0)
                    _row(stage.name, f"{stage.waiting:,}", flight, f"{stage.per_second:.1f}", str(dead or ""))


def show_held(trends: Trends) -> None:
    """Show why the checks held what they held."""
    with box("section", "list"):
        with box("header", "head"):
            say("Held by the checks", "h2")
            say(f"{trends.held:,} of {trends.held + trends.passed:,} revisions", classes="small")
        if not trends.reasons:
            say("Nothing was held.", "p", "small")
            return
        most = max(trends.reasons.values())
        with box("table", "stages"), box("tbody"):
            for reason, number in [*trends.reasons.items()][:MOST_REASONS]:
                with box("tr"):
                    say(reason, "td", "name")
                    say(f"{number:,}", "td", "number")
                    with box("td", "bar-cell"):
                        box("div", "lag reason").style(f"width: {number / most:.1%}")


def show_run(trigger: Verdict, run: RunShown | None) -> None:
    """Show what the trigger waits for, and the run that goes on or was the last."""
    due = trigger.state in (State.DUE, State.QUIET)
    with box("div", "trigger"):
        say(trigger.state.value, classes=f"tag state {'accepted' if due else 'queued'}")
        say(trigger.why, classes="small")
        say(f"{trigger.new:,} / {trigger.enough:,}", classes="small far")
        box("div", "meter").style(f"--done: {min(1.0, trigger.new / trigger.enough):.1%}")
    if run is None:
        say("No run has been made yet.", "p", "small")
        return
    with box("dl", "facts"):
        for name, text in _run_facts(run):
            say(name, "dt")
            say(text, "dd")


def _run_facts(run: RunShown) -> list[tuple[str, str]]:
    told = [("run", run.id[:8] + (f" ({SIMULATED})" if run.simulated else "")), ("state", run.state)]
    if run.steps:
        told.append(("step", f"{run.step:,} of {run.steps:,}"))
    if run.losses:
        told.append(("loss", f"{run.losses[0][1]:.3f} to {run.losses[-1][1]:.3f}"))
    if run.tokens_per_second is not None:
        told.append(("speed", f"{run.tokens_per_second:,.0f} tokens/s"))
    if run.adapter:
        told.append(("made", run.adapter))
    return told


def show_adapters(trends: Trends) -> None:
    """Show what reviewers said of each model's samples, and what it used."""
    with box("section", "list"):
        with box("header", "head"):
            say("Review by model and kind", "h2")
            say(f"{trends.speed.day:,} decisions in 24 h, {trends.speed.simulated_day:,} simulated", classes="small")
        if not trends.adapters:
            say("Nothing has been drafted yet.", "p", "small")
            return
        with box("table"):
            _columns("drafted by", "kind", "drafted", "accepted", "edited", "rejected", "")
            with box("tbody"):
                for one in trends.adapters:
                    decided = f"{one.drafted:,}", f"{one.accepted:,}", f"{one.edited:,}", f"{one.rejected:,}"
                    mark = f"{one.simulated:,} simulated" if one.simulated else ""
                    _row(shown_name(one.adapter), one.kind.replace("_", " "), *decided, mark)
    with box("section", "list"):
        with box("header", "head"):
            say("Tokens", "h2")
        with box("table"):
            _columns("stage", "by", "prompt", "written", "tokens/s of a request")
            with box("tbody"):
                for used in trends.tokens:
                    rate = f"{used.output / used.seconds:,.0f}" if used.seconds else ""
                    _row(used.stage, shown_name(used.adapter), f"{used.prompt:,}", f"{used.output:,}", rate)


def _row(name: str, *cells: str) -> None:
    with box("tr"):
        say(name, "td", "name")
        for text in cells:
            say(text, "td", "number")


def _columns(*names: str) -> None:
    with box("thead"), box("tr"):
        for name in names:
            say(name, "th")
