"""The trends: champion and challengers, rates of the pipeline, review, and training where a run goes on."""

from __future__ import annotations

from nicegui import ui
from nicegui.element import Element

from review_bridge.desk.door import HOME
from review_bridge.desk.frame import show_frame
from review_bridge.desk.pipeline import Pipeline
from review_bridge.desk.place import Desk
from review_bridge.desk.tags import box, say
from review_bridge.desk.trends import TrendsShown
from review_bridge.desk.trends_charts import Options, champion_chart, loss_chart, rate_chart
from review_bridge.desk.trends_tables import (
    axis_name,
    show_adapters,
    show_forest,
    show_held,
    show_notice,
    show_run,
    show_stages,
    show_tiles,
)
from review_bridge.reviewers import Reviewer
from streams.trends.windows import Bucket

EVERY = 3.0
"""Seconds between two looks."""
BUCKETS = {Bucket.MINUTE.value: "1 min", Bucket.QUARTER.value: "15 min", Bucket.DAY.value: "24 h"}


class TrendsPage:
    """One open page. Charts stay and are given new options; what is around them is written anew at each look."""

    def __init__(self, desk: Desk, reviewer: Reviewer) -> None:
        self._desk = desk
        self._reviewer = reviewer
        self._axis = "all"
        self._bucket = Bucket.MINUTE
        self._shown: TrendsShown | None = None
        self._doing = show_frame(reviewer, "Trends")
        with box("main", "pipeline trends"):
            self._top = box("div")
            self._models()
            self._rates()
            with box("div", "both"):
                self._left, self._right = box("div", "column"), box("div", "column")
                with self._right:
                    self._training()
                    self._below = box("div")
        ui.timer(EVERY, self.look)

    def _models(self) -> None:
        with box("section", "list"):
            with box("header", "head"):
                say("Champion and challengers", "h2")
                say("share answered right, SpineBench", classes="small")
                self._axes = ui.select({"all": axis_name("all")}, value="all").props("dense borderless options-dense")
                self._axes.classes("pick").on_value_change(self._pick_axis)
            self._nothing = say("No candidate has been scored yet.", "p", "small")
            self._champion = _chart("chart tall")
            self._forest = box("div", "forest")

    def _rates(self) -> None:
        with box("section", "list"):
            with box("header", "head"):
                say("Pipeline", "h2")
                say("events a bucket; the last one is still being filled", classes="small")
                toggle = ui.toggle(BUCKETS, value=self._bucket.value).props("dense unelevated no-caps size=sm")
                toggle.classes("pick").on_value_change(self._pick_bucket)
            self._rate = _chart("chart")

    def _training(self) -> None:
        with box("section", "list"):
            with box("header", "head"):
                say("Training", "h2")
            self._run = box("div")
            self._loss = _chart("chart low")

    async def look(self) -> None:
        """Show how it stands now; what was shown stays while a server does not answer."""
        if not await self._desk.still(self._reviewer):
            ui.navigate.to(HOME)
            return
        found = await self._desk.trends(self._bucket)
        stages = await self._desk.look()
        self._doing.clear()
        with self._doing:
            say(f"as of {found.trends.at:%H:%M:%S} UTC" if found else "a server does not answer")
        if found is not None:
            self._shown = found
            self._show(found, stages)

    def _show(self, found: TrendsShown, stages: Pipeline | None) -> None:
        trends = found.trends
        names = {name: axis_name(name) for name in trends.models.axes or ("all",)}
        if names != self._axes.options:
            self._axes.set_options(names, value=self._axis if self._axis in names else next(iter(names)))
        with _anew(self._top):
            show_tiles(found)
            show_notice(trends)
        self._draw(found)
        _put(self._rate, rate_chart(trends.buckets))
        with _anew(self._left):
            show_stages(trends, stages)
            show_held(trends)
        with _anew(self._run):
            show_run(trends.trigger, found.run)
        drawn = found.run is not None and len(found.run.losses) > 1
        self._loss.set_visibility(drawn)
        if found.run is not None and drawn:
            _put(self._loss, loss_chart(found.run))
        with _anew(self._below):
            show_adapters(trends)

    def _draw(self, found: TrendsShown) -> None:
        """Show the models on the axis that is picked."""
        models = found.trends.models
        self._nothing.set_visibility(not models.challengers)
        self._champion.set_visibility(bool(models.challengers))
        if models.challengers:
            _put(self._champion, champion_chart(models, self._axis, found.trends.at))
        with _anew(self._forest):
            show_forest(models)

    def _pick_axis(self) -> None:
        self._axis = str(self._axes.value)
        if self._shown is not None:
            self._draw(self._shown)

    async def _pick_bucket(self, event: object) -> None:
        self._bucket = Bucket(str(getattr(event, "value", self._bucket)))
        await self.look()


def _anew(where: Element) -> Element:
    where.clear()
    return where


def _chart(classes: str) -> ui.echart:
    chart = ui.echart({}, renderer="svg").classes(classes)
    chart.set_visibility(False)
    return chart


def _put(chart: ui.echart, options: Options) -> None:
    chart.set_visibility(True)
    chart.options.clear()
    chart.options.update(options)
    chart.update()
