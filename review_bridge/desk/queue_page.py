"""The queue: what waits, who has it open, what the checks held, what one decided oneself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from nicegui import ui
from nicegui.element import Element

from generation.samples import Decision
from review_bridge.desk.door import HOME
from review_bridge.desk.frame import show_frame
from review_bridge.desk.place import Desk
from review_bridge.desk.tags import box, link, say
from review_bridge.review import Waiting
from review_bridge.reviewers import Reviewer
from streams.dependencies import as_dependency_down

EVERY = 3.0
"""Seconds between two looks."""
SHOWN = 40
"""Rows of each table, at most."""


class QueuePage:
    """One open page."""

    def __init__(self, desk: Desk, reviewer: Reviewer) -> None:
        self._desk = desk
        self._reviewer = reviewer
        self._waiting = show_frame(reviewer, "Queue")
        with box("main", "lists"):
            self._lists = box("div", "both")
        ui.timer(EVERY, self.look)

    async def look(self) -> None:
        """Show how it stands now."""
        if not await self._desk.still(self._reviewer):
            ui.navigate.to(HOME)
            return
        try:
            review = self._desk.review
            size, waiting, held = await review.size(), await review.waiting(SHOWN), await review.held(SHOWN)
            mine = await review.decided_by(self._reviewer.name, SHOWN)
        except Exception as error:
            if as_dependency_down(error) is None:
                raise
            return
        _put(self._waiting, f"{size} waiting")
        self._lists.clear()
        with self._lists:
            with box("section", "list"):
                _head("Waiting", size)
                _samples(waiting, "Nothing waits: every queued sample is decided.")
            with box("section", "list"):
                _head("Held by the checks", len(held) if len(held) < SHOWN else None)
                _samples(held, "The checks held nothing.", reasons=True)
            with box("section", "list"):
                _head("Your decisions", len(mine) if len(mine) < SHOWN else None)
                _decisions(mine)


def _put(where: Element, text: str) -> None:
    where.clear()
    with where:
        say(text)


def _head(title: str, number: int | None) -> None:
    with box("header", "head"):
        say(title, "h2")
        say(f"{SHOWN} or more" if number is None else str(number), classes="tag")


def _samples(rows: Sequence[Waiting], none: str, *, reasons: bool = False) -> None:
    if not rows:
        say(none, "p", "small")
        return
    with box("table"):
        _columns("sample", "kind", "levels", "why held" if reasons else "waits", "open at")
        with box("tbody"):
            for row in rows:
                with box("tr", "leased" if row.open_at else ""):
                    with box("td"):
                        link(row.id[:8], f"{HOME}/{row.id}", "id")
                    say(f"{row.kind.replace('_', ' ')} {row.language}", "td")
                    say(", ".join(row.levels), "td")
                    say(", ".join(row.reasons) if reasons else ago(row.since), "td")
                    say(row.open_at or "", "td", "open-at")


def _decisions(rows: Sequence[Decision]) -> None:
    if not rows:
        say("You have decided nothing yet.", "p", "small")
        return
    with box("table"):
        _columns("sample", "decision", "when", "why")
        with box("tbody"):
            for row in rows:
                with box("tr"):
                    with box("td"):
                        link(row.item[:8], f"{HOME}/{row.item}", "id")
                    with box("td"):
                        say(row.kind.value, classes=f"tag state {row.kind.value}")
                    say(ago(datetime.fromisoformat(row.when)), "td")
                    say(row.why, "td", "long")


def _columns(*names: str) -> None:
    with box("thead"), box("tr"):
        for name in names:
            say(name, "th")


def ago(when: datetime, now: datetime | None = None) -> str:
    """Return how long ago something was, in one unit: `40 s`, `12 min`, `3 h`, `9 d`."""
    seconds = max(0, int(((now or datetime.now(UTC)) - when).total_seconds()))
    for most, size, unit in ((90, 1, "s"), (5400, 60, "min"), (129_600, 3600, "h")):
        if seconds < most:
            return f"{seconds // size} {unit}"
    return f"{seconds // 86_400} d"
