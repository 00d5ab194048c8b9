"""Window and level of a picture that was rendered through one window already."""

from __future__ import annotations

from typing import NamedTuple


class Window(NamedTuple):
    """What is shown from black to white, in the units of the instance (CT: HU)."""

    center: float
    width: float
    """Greater than 0."""


class Ramp(NamedTuple):
    """Shown = `slope` × grey + `intercept`, both in [0, 1], cut off outside of it."""

    slope: float
    intercept: float


def ramp(rendered: Window, wanted: Window) -> Ramp:
    """Return how to show a picture rendered through one window as through another (PS3.3 C.11.2.1.3.2, linear exact).

    What the first window cut off stays black or white.

    >>> ramp(Window(40, 400), Window(40, 200))
    Ramp(slope=2.0, intercept=-0.5)
    """
    black = rendered.center - rendered.width / 2
    return Ramp(
        slope=rendered.width / wanted.width,
        intercept=(black - (wanted.center - wanted.width / 2)) / wanted.width,
    )
