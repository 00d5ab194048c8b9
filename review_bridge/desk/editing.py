"""Editing the texts of a sample in the middle column."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from nicegui import ui

from review_bridge.decisions import editable
from review_bridge.desk.tags import box, say
from review_bridge.desk.writing import in_order, title_of
from review_bridge.sample import Sample


def show_editor(
    sample: Sample, save: Callable[[Mapping[str, str]], object], leave: Callable[[], object]
) -> Callable[[], object]:
    """Show a field for each text that may be rewritten. Ctrl+Enter gives `save` the texts that differ, Escape calls
    `leave`; returns what saves now."""
    places = sample.text.places
    names = in_order({name: places.get(name, "") for name in editable(sample)})
    fields: dict[str, ui.textarea] = {}

    def saved() -> object:
        return save({name: field.value for name, field in fields.items() if field.value != places.get(name, "")})

    with box("header", "head"):
        say("Edit", "h2")
        say("the options and the right answer are the plan's: where they are wrong, reject", classes="small")
    for number, name in enumerate(names):
        field = ui.textarea(title_of(sample, name), value=places.get(name, "")).classes("field")
        field.props("outlined autogrow" + (" autofocus" if number == 0 else ""))
        field.on("keydown.ctrl.enter", saved)
        field.on("keydown.esc", lambda: leave())
        fields[name] = field
    with box("div", "row"):
        for text, classes, does in (("Save", "save", saved), ("Leave it", "leave", leave)):
            button = say(text, "button", classes)
            button.props["type"] = "button"
            button.on("click", lambda does=does: does())
        say("Ctrl+Enter: save · Esc: leave it", classes="small")
    return saved
