"""The desk: one sample at a time, decided by keyboard or mouse."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping

from nicegui import Client, ui
from nicegui.events import KeyEventArguments

from generation.samples import Decision, DecisionKind
from review_bridge.desk.door import SIGN_IN
from review_bridge.desk.editing import show_editor
from review_bridge.desk.evidence import show_evidence
from review_bridge.desk.frame import show_frame
from review_bridge.desk.judging import KEYS, REASONS, ask_why, show_buttons, show_facts
from review_bridge.desk.place import Desk
from review_bridge.desk.tags import box, say
from review_bridge.desk.writing import show_writing
from review_bridge.errors import DecisionConflict, ReviewError
from review_bridge.leases import Holder
from review_bridge.review import Opened
from review_bridge.reviewers import Reviewer
from streams.dependencies import as_dependency_down

log = logging.getLogger(__name__)

SETTLE_SECONDS = 0.35
"""After a sample is shown no key decides on it: it was pressed for the one before."""
ACCEPTED, EDITED, REJECTED = DecisionKind.ACCEPTED, DecisionKind.EDITED, DecisionKind.REJECTED
DONE = {ACCEPTED: "accepted", EDITED: "accepted with your changes", REJECTED: "rejected"}


class DeskPage:
    """One open page: a reviewer, the sample before them, what they did here."""

    def __init__(self, desk: Desk, reviewer: Reviewer, client: Client) -> None:
        self.reviewer = reviewer
        self._desk = desk
        self._holder = Holder(reviewer.name, client.id)
        self._opened: Opened | None = None
        self._passed: list[str] = []
        self._done: list[Decision] = []
        self._changes = True
        self._busy = self._asking = False
        self._settled = False
        self._waiting = show_frame(reviewer, "Desk")
        with box("main", "desk") as self._main:
            self._columns = [box("section", name) for name in ("evidence", "sample", "decision")]
        self._told = say("", "p", "told-here")
        self._help = _help()
        ui.keyboard(self._key, repeating=False, ignore=["input", "textarea", "select"])
        ui.timer(desk.settings.lease_seconds / 4, self._beat)

    async def begin(self, item_id: str | None) -> None:
        """Open the sample named, or the next one."""
        self._desk.pages.add(self)
        await self._safely(lambda: self._open(item_id) if item_id else self._next())

    async def end(self) -> None:
        """Give back what is open; the page is gone."""
        self._desk.pages.discard(self)
        await self.give_back()

    async def give_back(self) -> None:
        """Give back what is open."""
        if self._opened is not None and self._opened.elsewhere is None:
            await self._desk.review.give_back(self._opened.sample.id, self._holder)

    # --- what is done -------------------------------------------------------------------------------------------

    async def _key(self, event: KeyEventArguments) -> None:
        pressed = event.modifiers
        if not event.action.keydown or pressed.ctrl or pressed.alt or pressed.meta or self._asking:
            return
        name = str(event.key.name)
        if name == "?":
            self._help.open()
        elif name.upper() == "D" and self._opened is not None:
            self._changes = not self._changes
            self._show_sample(self._opened)
        else:
            for key, what, _ in KEYS:
                if name.upper() == key:
                    await self._act(what)

    async def _act(self, what: str) -> None:
        if self._asking or not self._settled:
            return
        match what:
            case "next":
                await self._safely(self._skip)
            case "undo" if self._done:
                await self._safely(self._undo)
            case "accept" | "edit" | "reject" if self._opened is not None and self._opened.elsewhere is None:
                await self._begin_decision(what, self._opened)

    async def _begin_decision(self, what: str, opened: Opened) -> None:
        # Each names the sample it was begun on: an answer that comes late decides on no other.
        if what == "edit":
            self._edit(opened)
        elif what == "reject":
            self._ask("Why is it not usable?", REASONS, lambda why: self._decide(opened, REJECTED, why))
        elif opened.sample.reasons:
            self._ask("The checks held it. Why accept it?", (), lambda why: self._decide(opened, ACCEPTED, why))
        else:
            await self._decide(opened, ACCEPTED)

    def _ask(self, title: str, offered: tuple[str, ...], done: Callable[[str], Awaitable[None]]) -> None:
        self._asking = True
        self._buttons.clear()
        with self._buttons:
            ask_why(title, offered, done, self._leave)

    def _edit(self, opened: Opened) -> None:
        self._asking = True
        self._buttons.clear()
        self._columns[1].clear()
        with self._columns[1]:
            show_editor(opened.sample, lambda changes: self._decide(opened, EDITED, changes=changes), self._leave)

    def _leave(self) -> None:
        """Leave a question or the editor without a decision."""
        self._asking = False
        if self._opened is not None:
            self._show(self._opened)

    async def _decide(
        self, opened: Opened, kind: DecisionKind, why: str = "", changes: Mapping[str, str] | None = None
    ) -> None:
        if opened is not self._opened:
            return

        async def go() -> None:
            made = await self._desk.review.decide(opened, kind, holder=self._holder, why=why, changes=changes)
            self._asking, self._opened = False, None
            self._done.append(made)
            await self._next(f"{opened.sample.id[:8]} {DONE[kind]} · {len(self._done)} decided here")

        await self._safely(go)

    async def _skip(self) -> None:
        if self._opened is not None:
            self._passed.append(self._opened.sample.id)
            await self.give_back()
        self._opened = None
        await self._next()

    async def _undo(self) -> None:
        decision = self._done[-1]
        await self.give_back()
        self._opened = None
        try:
            self._opened = await self._desk.review.take_back(decision, self._holder)
        except DecisionConflict:
            self._done.remove(decision)
            raise
        self._done.remove(decision)
        await self._count()
        self._show(self._opened, f"your decision on {decision.item[:8]} is taken back; it stays in the log")

    async def _next(self, told: str = "") -> None:
        try:
            self._opened = await self._desk.review.next(self._holder, self._passed)
            await self._count()
        except Exception as error:
            down = as_dependency_down(error)
            if down is None:
                raise
            told = f"{told} · {down}".removeprefix(" · ")
        self._show(self._opened, told)

    async def _open(self, item_id: str) -> None:
        self._opened = await self._desk.review.open(item_id, self._holder, leads=self.reviewer.leads)
        await self._count()
        self._show(self._opened)

    async def _beat(self) -> None:
        """Keep the lease, also through a Redis that forgot it."""
        opened = self._opened
        if opened is None or opened.elsewhere is not None:
            return
        try:
            kept = await self._desk.review.keep(opened.sample.id, self._holder)
        except Exception as error:
            if as_dependency_down(error) is None:
                raise
            return
        if not kept and self._opened is opened:
            self._tell("another desk has opened this sample meanwhile: who decides first, decides")

    async def _safely(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do one thing at a time, for who is still signed in; say what went wrong."""
        if self._busy:
            return
        self._busy = True
        try:
            if not await self._desk.still(self.reviewer):
                ui.navigate.to(SIGN_IN)
                return
            await work()
        except DecisionConflict as conflict:
            self._asking = False
            await self._next(str(conflict))
        except ReviewError as error:
            self._failed(str(error))
        except Exception as error:
            down = as_dependency_down(error)
            if down is None:
                log.exception("desk: an action failed")
            self._failed(f"{down or 'that failed, and is in the log of the role'}; nothing was decided here")
        finally:
            self._busy = False

    def _failed(self, why: str) -> None:
        if self._opened is None:
            self._show(None, why, empty="Nothing is open here.")
        else:
            self._tell(why)

    # --- what is shown ------------------------------------------------------------------------------------------

    def _show(self, opened: Opened | None, told: str = "", empty: str = "Nothing waits for you.") -> None:
        self._settled = False
        self._main.props["data-item"] = opened.sample.id if opened else ""
        self._main.classes(remove="settled")
        for column in self._columns:
            column.clear()
        if opened is None:
            with self._columns[1]:
                say(empty, "h2", "nothing")
                say("N opens the next sample; what the checks held is under Queue.", "p", "small")
        else:
            with self._columns[0]:
                show_evidence(opened.sample)
            self._show_sample(opened)
        with self._columns[2]:
            self._show_decision(opened)
        self._tell(told)
        with self._main:
            ui.timer(SETTLE_SECONDS, self._settle, once=True)

    def _show_sample(self, opened: Opened) -> None:
        self._columns[1].clear()
        with self._columns[1]:
            show_writing(opened.sample, changes=self._changes)
            say("D hides what the revision changed" if self._changes else "D shows what it changed", "p", "small")

    def _show_decision(self, opened: Opened | None) -> None:
        if opened is not None:
            show_facts(opened.sample)
            if opened.elsewhere is not None:
                say(f"open at the desk of {opened.elsewhere}: to be read here, not decided", "p", "elsewhere")
        free = opened is not None and opened.elsewhere is None
        self._buttons = box("div", "acts")
        with self._buttons:
            show_buttons(self._act, may_decide=free, may_undo=bool(self._done))

    def _settle(self) -> None:
        self._settled = True
        self._main.classes("settled")

    def _tell(self, text: str) -> None:
        self._told.text = text

    async def _count(self) -> None:
        waiting = await self._desk.review.size()
        self._waiting.clear()
        with self._waiting:
            say(f"{waiting} waiting")


def _help() -> ui.dialog:
    with ui.dialog() as dialog, box("div", "help"):
        say("Keys", "h2")
        with box("dl", "facts"):
            for key, _, name in (*KEYS, ("D", "", "Show or hide what the revision changed"), ("?", "", "This list")):
                with box("dt"):
                    say(key, "kbd")
                say(name, "dd")
        say("Undo adds a decision that takes your last one back; the log keeps both.", "p", "small")
    return dialog
