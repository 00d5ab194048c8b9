"""The middle column: what the sample says, and what the revision changed of the draft."""

from __future__ import annotations

from collections.abc import Mapping

from generation.items import Kind
from review_bridge.desk.tags import box, say
from review_bridge.sample import Sample
from review_bridge.words import Change, word_changes

TITLES = {
    "question": "Question",
    "answer": "Answer",
    "rationale": "Reasoning",
    "report.imaging_findings": "Imaging findings",
    "report.diagnosis": "Diagnosis",
    "report.treatment": "Treatment",
    "report.risk_prognosis": "Risk and prognosis",
    "report.postoperative": "After an operation",
    "report.basis_disclaimer": "Basis and disclaimer",
}
KINDS = {
    Kind.MCQ: "Multiple choice",
    Kind.OPEN_QA: "Open question",
    Kind.CONSULTATION: "Consultation",
    Kind.REPORT: "Report",
}
_ORDER = ("question", "answer", "rationale")
_TAGS = {Change.SAME: "span", Change.LOST: "del", Change.GAINED: "ins"}


def title_of(sample: Sample, name: str) -> str:
    """Return what a place of a sample's texts is called on the page."""
    place, _, number = name.partition(".")
    speakers = sample.text.speakers
    if place == "turns" and number.isdigit():
        return speakers[int(number)].value.capitalize() if int(number) < len(speakers) else f"Turn {number}"
    return TITLES.get(name, name)


def in_order(places: Mapping[str, str]) -> list[str]:
    """Return the names of texts as they are read: what is asked before what is answered, the answer before its
    reasoning."""
    return [*(name for name in _ORDER if name in places), *(name for name in places if name not in _ORDER)]


def drafted(sample: Sample) -> Mapping[str, str]:
    """Return the texts of the draft by the names of their places; empty where it is not readable."""
    return sample.draft.parsed.texts() if sample.draft and sample.draft.parsed else {}


def show_writing(sample: Sample, *, changes: bool) -> None:
    """Show the texts of a sample; with `changes`, what the revision took out and put in."""
    plan = sample.plan
    assert plan is not None
    places, before = sample.text.places, drafted(sample)
    with box("header", "head"):
        say(KINDS[plan.kind], "h2")
        for tag in (plan.language.value, plan.axis.value.replace("_", " "), plan.source.split.value):
            say(tag, classes="tag")
    if not places:
        say("There is no readable text: reject it, or write it anew.", "p", "told")
    for name in in_order(places):
        with box("section", f"text {name.partition('.')[0]}"):
            say(title_of(sample, name), "h3")
            _text(before.get(name) if changes else None, places[name])
        if name == "question" and plan.options:
            _options(sample)
    if changes:
        for name in in_order({name: text for name, text in before.items() if name not in places}):
            with box("section", "text"):
                say(f"{title_of(sample, name)} of the draft, gone", "h3")
                with box("p"):
                    say(before[name], "del")
    say("cites " + (", ".join(sample.text.citations) or "nothing"), "p", "small")


def _text(old: str | None, new: str) -> None:
    with box("p"):
        if old is None or old == new:
            say(new)
            return
        for piece in word_changes(old, new):
            say(piece.text, _TAGS[piece.change])


def _options(sample: Sample) -> None:
    assert sample.plan is not None
    with box("ol", "options"):
        for option in sample.plan.options:
            right = option.id == sample.plan.answer
            with box("li", "right" if right else ""):
                say(option.id, "b")
                say(option.text)
                say("right" if right else option.role.value.replace("_", " "), classes="small")
