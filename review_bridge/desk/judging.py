"""The right column: what is known of the sample, why it was held, and how to decide."""

from __future__ import annotations

from collections.abc import Callable

from nicegui import ui
from nicegui.elements.input import Input

from generation.items import Target
from generation.provenance import Provenance
from generation.samples import Revision, Stands
from review_bridge.desk.tags import box, say
from review_bridge.sample import Sample

REASONS = (
    "wrong level or side",
    "not borne out by the evidence",
    "more than one option is right",
    "unsafe or wrong advice",
    "unclear or badly worded",
    "of no use for teaching",
)
"""Offered for a rejection; the number alone stands for the words."""

KEYS = (
    ("A", "accept", "Accept"),
    ("E", "edit", "Edit"),
    ("R", "reject", "Reject"),
    ("N", "next", "Skip to the next"),
    ("U", "undo", "Take back my last"),
)
"""Key, what it does, what it is called."""

Act = Callable[[str], object]
"""Does what one of `KEYS` names."""


def reason_of(text: str) -> str:
    """Return the reason that somebody typed: their words, or the offered reason of the number they gave.

    >>> reason_of(" 2 ")
    'not borne out by the evidence'
    """
    typed = text.strip()
    if typed.isdecimal() and 1 <= int(typed) <= len(REASONS):
        return REASONS[int(typed) - 1]
    return typed


def show_facts(sample: Sample) -> None:
    """Show the target, why the sample was held, the criteria, and what wrote it."""
    plan, revision = sample.plan, sample.revision
    assert plan is not None
    with box("header", "head"):
        say("Decision", "h2")
        say(sample.state.value, classes=f"tag state {sample.state.value}")
    with box("dl", "facts"):
        _fact("target", _target(plan.target))
        _fact("levels named", ", ".join(plan.levels) or "none")
    if sample.reasons:
        with box("div", "held"):
            say("Held by the checks", "h3")
            with box("ul"):
                for reason in sample.reasons:
                    say(reason, "li")
    if revision is not None:
        _verdicts(revision)
        _wrote(revision.provenance)


def _fact(name: str, value: str) -> None:
    say(name, "dt")
    say(value, "dd")


def _target(target: Target) -> str:
    grade = (target.grade or "").partition(":")[2]
    return " · ".join(filter(None, (target.level, target.finding.replace("_", " "), target.side, grade)))


def _verdicts(revision: Revision) -> None:
    failed = [one for one in revision.verdicts if not one.passed]
    if revision.verdicts:
        met = len(revision.verdicts) - len(failed)
        say(f"{met} of {len(revision.verdicts)} criteria met", "p", "small")
    for one in failed:
        with box("p", "verdict"):
            say(one.criterion.replace("_", " "), "b")
            say(f" {one.why}")
    if revision.stands is Stands.DRAFT:
        say("The wording is the draft's: the revision did not pass the checks.", "p", "small")


def _wrote(by: Provenance) -> None:
    untrained = " · random weights" if by.random_weights else ""
    say(f"{by.adapter or by.model} · {by.prompt}{untrained}", "p", "small")


def show_buttons(act: Act, *, may_decide: bool, may_undo: bool) -> None:
    """Show a button for each of `KEYS`."""
    with box("div", "buttons"):
        for key, what, name in KEYS:
            off = (what == "undo" and not may_undo) or (what in ("accept", "edit", "reject") and not may_decide)
            with box("button", what) as button:
                say(key, "kbd")
                say(name)
            button.props["type"] = "button"
            button.props["disabled"] = off
            button.on("click", lambda what=what: act(what))


def ask_why(title: str, offered: tuple[str, ...], done: Callable[[str], object], leave: Callable[[], object]) -> Input:
    """Ask for a reason in the place of the buttons; Enter ends it, Escape leaves it."""
    with box("form", "why") as form:
        say(title, "h3")
        typed = ui.input(placeholder="a number, or your own words" if offered else "why it is good all the same")
        typed.props("outlined dense autofocus maxlength=500")
        for number, reason in enumerate(offered, 1):
            with box("button", "reason") as button:
                say(str(number), "kbd")
                say(reason)
            button.props["type"] = "button"
            button.on("click", lambda reason=reason: done(reason))
        say("Enter: decide · Esc: leave it", "p", "small")
    form.on("submit", js_handler="(event) => event.preventDefault()")
    typed.on("keydown.enter", lambda: done(reason_of(str(typed.value or ""))))
    typed.on("keydown.esc", lambda: leave())
    return typed
