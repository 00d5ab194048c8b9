"""The reviewer who is none."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_review import LI, queued, review

from generation.samples import DecisionKind
from review_bridge.simulation import MARK, SIMULATED, Shares, simulate


@given(seed=st.integers(), item=st.text(max_size=20))
def test_the_same_seed_and_sample_give_the_same_decision(seed: int, item: str) -> None:
    assert Shares().kind(seed, item) is Shares().kind(seed, item)
    assert Shares(1, 0).kind(seed, item) is DecisionKind.ACCEPTED
    assert Shares(0, 1).kind(seed, item) is DecisionKind.EDITED
    assert Shares(0, 0).kind(seed, item) is DecisionKind.REJECTED


def test_shares_are_kept_roughly_and_the_seed_matters() -> None:
    drawn = [Shares(0.6, 0.3).kind(1, str(n)) for n in range(3000)]
    counts = Counter(drawn)
    for kind, share in ((DecisionKind.ACCEPTED, 0.6), (DecisionKind.EDITED, 0.3), (DecisionKind.REJECTED, 0.1)):
        assert abs(counts[kind] / 3000 - share) < 0.04
    assert drawn != [Shares(0.6, 0.3).kind(2, str(n)) for n in range(3000)]


@pytest.mark.parametrize("shares", [(-0.1, 0.5), (0.5, -0.1), (0.7, 0.4)])
def test_shares_that_do_not_add_up(shares: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="shares"):
        Shares(*shares)


@pytest.mark.parametrize(
    ("shares", "found"), [(Shares(1, 0), (2, 0, 0)), (Shares(0, 1), (0, 2, 0)), (Shares(0, 0), (0, 0, 2))]
)
def test_every_decision_is_marked_and_what_a_person_has_open_is_left(run: Any, shares: Shares, found: Any) -> None:
    async def scenario(place: Any) -> None:
        ids = await queued(place)
        await review(place).next(LI)
        assert await simulate(review(place), seed=7, shares=shares) == found
        assert await place.queue.ids() == ids[:1]
        for item in ids[1:]:
            sample = await place.store.get(item)
            assert (sample.decision.simulated, sample.decision.who) == (True, SIMULATED)
            assert sample.decision.why.startswith("simulated")
            assert all(text.endswith(MARK) for text in sample.decision.changes.values())

    run(scenario)


def test_no_more_than_the_limit(run: Any) -> None:
    async def scenario(place: Any) -> None:
        ids = await queued(place)
        assert sum(await simulate(review(place), seed=7, limit=1)) == 1
        assert await place.queue.ids() == ids[1:]

    run(scenario)
