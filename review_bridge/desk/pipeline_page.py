"""The pipeline: how many samples stand where, how fast each stage works and what waits before it."""

from __future__ import annotations

from nicegui import ui

from review_bridge.desk.door import HOME
from review_bridge.desk.frame import show_frame
from review_bridge.desk.pipeline import Pipeline, StageRow
from review_bridge.desk.place import Desk
from review_bridge.desk.tags import box, say
from review_bridge.reviewers import Reviewer

EVERY = 2.0
"""Seconds between two looks."""


class PipelinePage:
    """One open page."""

    def __init__(self, desk: Desk, reviewer: Reviewer) -> None:
        self._desk = desk
        self._reviewer = reviewer
        self._doing = show_frame(reviewer, "Pipeline")
        self._body = box("main", "pipeline")
        ui.timer(EVERY, self.look)

    async def look(self) -> None:
        """Show how it stands now; what was shown stays while a server does not answer."""
        if not await self._desk.still(self._reviewer):
            ui.navigate.to(HOME)
            return
        found = await self._desk.look()
        self._doing.clear()
        with self._doing:
            say(found.doing if found else "a server does not answer")
        if found is None:
            return
        self._body.clear()
        with self._body:
            _counts(found)
            _stages(found)
            with box("div", "both"):
                _kinds(found)
                _processes(found)


def _counts(found: Pipeline) -> None:
    with box("div", "counts"):
        for name, number in found.counts.items():
            with box("div", f"count {name}"):
                say(f"{number:,}", "b")
                say(name)


def _stages(found: Pipeline) -> None:
    most = max([one.waiting for one in found.stages], default=0) or 1
    with box("section", "list"):
        with box("header", "head"):
            say("Stages", "h2")
            say("in the order in which work flows", classes="small")
        if not found.stages:
            say("No broker runs.", "p", "small")
            return
        with box("table", "stages"):
            _columns("stage", "waiting", "", "in flight", "per second", "")
            with box("tbody"):
                for one in found.stages:
                    _stage(one, one.waiting / most)


def _stage(one: StageRow, share: float) -> None:
    with box("tr", "paused" if one.paused else ""):
        say(one.name, "td", "name")
        say(f"{one.waiting:,}", "td", "number")
        with box("td", "bar-cell"):
            box("div", "lag").style(f"width: {share:.1%}")
        say("" if one.in_flight is None else str(one.in_flight), "td", "number")
        say(f"{one.per_second:.1f}", "td", "number")
        say(one.paused, "td", "small")


def _kinds(found: Pipeline) -> None:
    with box("section", "list"):
        with box("header", "head"):
            say("Kinds", "h2")
        with box("table"):
            _columns("kind", "planned", "queued", "held", "dead")
            with box("tbody"):
                for one in found.kinds:
                    with box("tr"):
                        say(f"{one.kind.replace('_', ' ')} {one.language}", "td", "name")
                        for number in (one.planned, one.queued, one.held, one.dead):
                            say(f"{number:,}", "td", "number")


def _processes(found: Pipeline) -> None:
    with box("section", "list"):
        with box("header", "head"):
            say("Processes", "h2")
            if found.budget:
                say(f"budget {found.budget}", classes="small")
        with box("table"):
            _columns("what", "state", "starts", "in flight", "tokens/s")
            with box("tbody"):
                for process in found.processes:
                    starts = "" if process.starts is None else str(process.starts)
                    _row(process.name, process.state, starts, "", "")
                for actor in found.actors:
                    name, rate = f"{actor.pool} {actor.name}", f"{actor.tokens_per_second:.0f}"
                    _row(name, actor.state, "", str(actor.in_flight), rate)


def _row(name: str, state: str, *numbers: str) -> None:
    with box("tr"):
        say(name, "td", "name")
        say(state, "td")
        for number in numbers:
            say(number, "td", "number")


def _columns(*names: str) -> None:
    with box("thead"), box("tr"):
        for name in names:
            say(name, "th")
