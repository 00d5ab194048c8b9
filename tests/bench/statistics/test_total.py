"""The item-weighted total."""

from __future__ import annotations

import pytest

from bench.statistics import PAPER_ITEMS, NothingToScore, weighted_total


def test_with_the_papers_counts_it_is_the_papers_formula() -> None:
    scores = {"text": 89.46, "image": 84.46, "report": 87.24}
    found = weighted_total({name: (scores[name], PAPER_ITEMS[name]) for name in scores})
    assert found == pytest.approx((294 * 89.46 + 193 * 84.46 + 87 * 87.24) / 574, abs=1e-12)
    assert found == pytest.approx(87.44, abs=0.01)


def test_a_part_without_items_takes_no_part() -> None:
    assert weighted_total({"text": (0.5, 100), "image": (0.0, 0)}) == 0.5


@pytest.mark.parametrize("parts", [{}, {"text": (0.5, 0)}])
def test_no_item_has_no_total(parts: dict[str, tuple[float, int]]) -> None:
    with pytest.raises(NothingToScore, match="the total cannot be told"):
        weighted_total(parts)


def test_fewer_items_than_none_are_refused() -> None:
    with pytest.raises(ValueError, match="image"):
        weighted_total({"text": (0.5, 10), "image": (0.5, -1)})
