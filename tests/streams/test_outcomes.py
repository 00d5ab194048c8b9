"""Outcomes: what may become of a record, and that nothing can change one."""

from __future__ import annotations

import dataclasses

import pytest

from streams.outcomes import Dead, Done, Retry
from tests.streams.conftest import event


def test_done_emits_nothing_unless_told() -> None:
    assert Done().emit == ()
    assert Done((event("drafted", 1),)).emit[0].subject == "item-1"


def test_dead_needs_a_reason_and_may_have_a_sentence() -> None:
    assert Dead("encrypted") == Dead("encrypted", "")
    with pytest.raises(TypeError):
        Dead()  # type: ignore[call-arg]


@pytest.mark.parametrize(("outcome", "field"), [(Done(), "emit"), (Retry("soon"), "why"), (Dead("no"), "why")])
def test_an_outcome_cannot_be_changed(outcome, field) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(outcome, field, ())
