"""Plain tags for pages. Text always goes in as text, never as markup: sources and models are not trusted."""

from __future__ import annotations

from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement


def box(tag: str = "div", classes: str = "") -> Element:
    """Return an element to put others in (`with box(...):`)."""
    return Element(tag).classes(classes)


def say(text: str, tag: str = "span", classes: str = "") -> TextElement:
    """Return an element with a text."""
    made: TextElement = TextElement(tag=tag, text=text)
    made.classes(classes)
    return made


def link(text: str, path: str, classes: str = "") -> TextElement:
    """Return a link to a page of the desk."""
    made = say(text, "a", classes)
    made.props["href"] = path
    return made
