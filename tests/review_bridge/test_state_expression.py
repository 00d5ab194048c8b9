"""The MongoDB expressions equal the pure function, over documents of every shape."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generation.samples import DecisionKind, state_of
from review_bridge.state import REASONS, STATE

ROUNDS = st.sampled_from(["0", "1", "2", "9", "10"])
DIGESTS = st.sampled_from(["a", "b"])
REASON_LISTS = st.lists(st.sampled_from(["level", "citation"]), max_size=2, unique=True)

DRAFTS = st.dictionaries(ROUNDS, st.fixed_dictionaries({"digest": DIGESTS}), max_size=3)
REVISION = st.fixed_dictionaries({"draft_digest": DIGESTS, "reasons": REASON_LISTS})
REVISIONS = st.dictionaries(ROUNDS, REVISION, max_size=3)
DECISIONS = st.dictionaries(
    st.sampled_from(["1", "2", "9", "10"]),
    st.fixed_dictionaries({"kind": st.sampled_from([kind.value for kind in DecisionKind])}),
    max_size=2,
)
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "drafts": DRAFTS,
        "revisions": REVISIONS,
        "decisions": DECISIONS,
        "retracted": st.one_of(st.none(), st.just({}), st.just({"reason": "withdrawn"})),
    },
)


def reasons_of(parts: dict[str, Any]) -> list[str]:
    drafts, revisions = parts.get("drafts", {}), parts.get("revisions", {})
    whole = [r for r in revisions if r in drafts and drafts[r]["digest"] == revisions[r]["draft_digest"]]
    return revisions[max(whole, key=int)]["reasons"] if whole else []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(documents=st.lists(DOCUMENTS, min_size=30, max_size=60))
def test_equals_state_of(run: Any, documents: list[dict[str, Any]]) -> None:
    async def computed(place: Any) -> list[dict[str, Any]]:
        cursor = await place.database.aggregate(
            [{"$documents": documents}, {"$project": {"state": STATE, "reasons": REASONS}}]
        )
        return await cursor.to_list()

    found = run(computed)
    assert [one["state"] for one in found] == [state_of(parts).value for parts in documents]
    assert [one["reasons"] for one in found] == [reasons_of(parts) for parts in documents]


@pytest.mark.parametrize(
    ("rounds", "state"),
    [
        ({"9": [], "10": ["level"]}, "held"),
        ({"9": ["level"], "10": []}, "queued"),
    ],
)
def test_rounds_are_numbers_not_text(run: Any, rounds: dict[str, list[str]], state: str) -> None:
    parts = {
        "drafts": {r: {"digest": "a"} for r in rounds},
        "revisions": {r: {"draft_digest": "a", "reasons": reasons} for r, reasons in rounds.items()},
    }

    async def computed(place: Any) -> str:
        cursor = await place.database.aggregate([{"$documents": [parts]}, {"$project": {"state": STATE}}])
        return (await cursor.to_list())[0]["state"]

    assert run(computed) == state == state_of(parts)
