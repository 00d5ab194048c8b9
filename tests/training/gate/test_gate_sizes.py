"""The sizes told in docs/gate.md: made by the function, and large enough."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.gate import GateSettings
from training.gate.sizes import Shape, axis_table, items_for, markdown, target_table

PAGE = Path(__file__).resolve().parents[3] / "docs" / "gate.md"


def test_without_cases_it_is_the_textbook_number() -> None:
    # (1.645 + 0.842)^2 * 0.3 / 0.1^2 = 185.5, and t asks for a few more.
    alone = Shape(differ=0.3, case_items=1.0, uneven=0.0, icc=0.0)
    assert 186 <= items_for(0.1, 0.95, alone) <= 190


def test_half_of_delta_takes_four_times_the_items() -> None:
    # With many items; with few, t and the jackknife ask for some more.
    assert items_for(0.01, 0.95, Shape()) / items_for(0.02, 0.95, Shape()) == pytest.approx(4.0, rel=0.01)
    assert 3.7 < items_for(0.05, 0.95, Shape()) / items_for(0.1, 0.95, Shape()) < 4.0


def test_items_that_hang_together_count_for_fewer() -> None:
    assert Shape().design_effect == pytest.approx(1.4)
    assert items_for(0.1, 0.95, Shape(icc=0.3)) > 1.3 * items_for(0.1, 0.95, Shape())


@pytest.mark.parametrize(("distance", "difference"), [(0.0, 0.0), (0.1, 0.6)])
def test_what_no_number_of_items_tells_is_refused(distance: float, difference: float) -> None:
    with pytest.raises(ValueError, match="no number of items"):
        items_for(distance, 0.95, Shape(), difference=difference)


def test_the_page_has_the_tables_of_the_default_settings() -> None:
    page = PAGE.read_text()
    assert markdown(axis_table(GateSettings())) in page
    assert markdown(target_table(GateSettings())) in page
