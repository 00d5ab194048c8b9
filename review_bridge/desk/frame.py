"""What all pages of the desk have in common."""

from __future__ import annotations

from nicegui.element import Element

from review_bridge.desk.door import HOME, SIGN_OUT
from review_bridge.desk.tags import box, link, say
from review_bridge.reviewers import Reviewer

PAGES = (("Desk", HOME), ("Queue", "/queue"), ("Pipeline", "/pipeline"), ("Trends", "/trends"))


def show_frame(reviewer: Reviewer, current: str) -> Element:
    """Show the bar on top; returns where it says how many samples wait."""
    with box("nav", "bar"):
        with box("span", "brand"):
            say("spinestream")
            say("desk", classes="dim")
        for name, path in PAGES:
            link(name, path, "page current" if name == current else "page")
        waiting = box("span", "waiting")
        say(reviewer.name + (" · lead" if reviewer.leads else ""), classes="who")
        with box("form", "out") as form:
            say("Sign out", "button").props["type"] = "submit"
        form.props["method"], form.props["action"] = "post", SIGN_OUT
    return waiting
