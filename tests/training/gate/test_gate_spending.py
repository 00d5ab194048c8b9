"""Looks are paid for out of one budget."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.gate import GateSettings, Spending
from training.gate.spending import spent


@given(st.floats(0.001, 0.4), st.sampled_from(Spending), st.integers(1, 20), st.integers(1, 200))
def test_all_looks_together_spend_no_more_than_the_budget(
    alpha: float, spending: Spending, looks: int, looked: int
) -> None:
    settings = GateSettings(alpha=alpha, spending=spending, looks=looks)
    assert sum(spent(look, settings) for look in range(1, looked + 1)) <= alpha * (1 + 1e-9)


def test_the_first_look_of_the_falling_rule_has_most_of_it() -> None:
    shares = [spent(look, GateSettings()) for look in (1, 2, 5)]
    assert shares == pytest.approx([0.0304, 0.0076, 0.0012], abs=5e-5)


def test_there_is_no_look_before_the_first() -> None:
    with pytest.raises(ValueError, match="counted from 1"):
        spent(0, GateSettings())
