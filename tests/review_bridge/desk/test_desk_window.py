"""Window and level of a rendered picture."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_bridge.desk.window import Window, ramp

CENTERS = st.floats(-1000, 3000)
WIDTHS = st.floats(1, 4000)


@given(center=CENTERS, width=WIDTHS, wanted_center=CENTERS, wanted_width=WIDTHS, value=st.floats(-1000, 3000))
def test_a_stored_value_is_shown_as_the_wanted_window_says(
    center: float, width: float, wanted_center: float, wanted_width: float, value: float
) -> None:
    rendered, wanted = Window(center, width), Window(wanted_center, wanted_width)
    grey = (value - (center - width / 2)) / width
    shown = ramp(rendered, wanted)
    expected = (value - (wanted_center - wanted_width / 2)) / wanted_width
    assert shown.slope * grey + shown.intercept == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_the_same_window_changes_nothing() -> None:
    assert ramp(Window(40, 400), Window(40, 400)) == (1.0, 0.0)
