"""The left column: where the item comes from, its passage with the cited sentences marked, its pictures."""

from __future__ import annotations

from itertools import groupby

from generation.items import Evidence, PlannedItem
from review_bridge.desk.pictures import show_pictures
from review_bridge.desk.tags import box, say
from review_bridge.sample import Sample


def show_evidence(sample: Sample) -> None:
    """Show the evidence of a sample that has a plan."""
    plan = sample.plan
    assert plan is not None
    with box("header", "head"):
        say("Evidence", "h2")
        say("cited", classes="key cited")
        say("states the target", classes="key support")
    _origin(plan)
    cited = frozenset(sample.text.citations)
    for _, sentences in groupby(plan.evidence, key=_passage):
        with box("p", "passage"):
            for one in sentences:
                _sentence(one, cited=one.id in cited, support=one.id in plan.support)
    show_pictures(plan)


def _origin(plan: PlannedItem) -> None:
    with box("div", "origin"):
        say(plan.source.title, "strong")
        if plan.heading_path:
            say(" › ".join(plan.heading_path), classes="path")
        say(plan.source.licence or "no licence named", classes="small")


def _passage(one: Evidence) -> str:
    """Return the passage of a sentence: `p3` of `p3s2`."""
    return one.id.partition("s")[0]


def _sentence(one: Evidence, *, cited: bool, support: bool) -> None:
    marks = " ".join(name for name, holds in (("cited", cited), ("support", support)) if holds)
    with box("span", f"sentence {marks}"):
        say(one.id + (f" p. {one.page}" if one.page else ""), "sup")
        say(" ".join(one.text.split()))
    say(" ")
