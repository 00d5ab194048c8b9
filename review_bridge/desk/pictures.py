"""The pictures of an item, each with its own window and level."""

from __future__ import annotations

from nicegui import ui
from nicegui.element import Element

from generation.items import PlannedItem
from generation.sources import Figure
from review_bridge.desk.images import image_path
from review_bridge.desk.tags import box, say
from review_bridge.desk.window import Window, ramp

NARROWEST = 0.05
"""Share of the rendered window to which it can be narrowed: below it the 256 greys of a picture show as bands."""


def show_pictures(item: PlannedItem) -> None:
    """Show every picture of an item, one below the other."""
    for number, figure in enumerate(item.figures):
        with box("figure", "picture"):
            _caption(figure)
            settings = box("div", "window")
            image = box("img")
            image.props["src"] = image_path(item.id, figure.image)
            image.props["alt"] = figure.caption
            if figure.window_center is not None and figure.window_width:
                with settings:
                    _window(image, Window(figure.window_center, figure.window_width), number)


def _caption(figure: Figure) -> None:
    with box("figcaption"):
        say(figure.caption)
        kind = " ".join(filter(None, (figure.modality, figure.plane)))
        if kind:
            say(kind, classes="tag")


def _window(image: Element, rendered: Window, number: int) -> None:
    """Add sliders for width and level; the browser does the arithmetic on the picture it has."""
    name = f"window-{image.id}-{number}"
    functions = []
    # Not display:none, which would take the filter away.
    with box("svg", "filters"), box("filter") as made:
        made.props["id"] = name
        made.props["color-interpolation-filters"] = "sRGB"
        with box("feComponentTransfer"):
            functions = [box(f"feFunc{channel}") for channel in "RGB"]
    for function in functions:
        function.props["type"] = "linear"
    image.style(f"filter: url(#{name})")
    low = rendered.center - rendered.width / 2
    step = rendered.width / 200
    said = say("", classes="small")
    level = ui.slider(min=low, max=low + rendered.width, value=rendered.center, step=step)
    width = ui.slider(min=rendered.width * NARROWEST, max=rendered.width, value=rendered.width, step=step)
    reset = ui.button("reset").props("flat dense no-caps")

    def show() -> None:
        wanted = Window(float(level.value), float(width.value))
        shown = ramp(rendered, wanted)
        for function in functions:
            function.props["slope"], function.props["intercept"] = str(shown.slope), str(shown.intercept)
            function.update()
        said.text = f"level {wanted.center:.0f} · window {wanted.width:.0f}"

    def back() -> None:
        level.value, width.value = rendered.center, rendered.width

    for slider, what in ((level, "level"), (width, "window width")):
        slider.props("dense").props["aria-label"] = what
        slider.on_value_change(show)
    reset.on_click(back)
    show()
