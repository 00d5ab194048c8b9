"""The straight course: its steps are taken, and leave what the pipeline would have left."""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from review_samples import comparable, decision, draft, planned, revision, source

from generation.samples import DecisionKind
from review_bridge import store as store_module
from review_bridge.fill import Fill
from review_bridge.parts import (
    DeadPart,
    DecidedPart,
    DraftedPart,
    Part,
    PlannedPart,
    RetractedPart,
    RevisedPart,
    RevivedPart,
)
from review_bridge.store import SampleStore

SOURCE = source()
ROUNDS = (0, 1)
TRACE, OTHER_TRACE = f"00-{'a' * 32}-{'b' * 16}-01", f"00-{'c' * 32}-{'d' * 16}-01"


class PipelineOnly(SampleStore):
    """A store that takes no step."""

    async def _take_steps(self, fills: Mapping[str, Fill]) -> Mapping[str, Fill]:
        return fills


def plan_of(item: str) -> PlannedPart:
    return PlannedPart(planned().model_copy(update={"id": item}), ("planned", 0, 1))


def draft_of(item: str, round_: int = 0) -> DraftedPart:
    return DraftedPart(item, SOURCE, draft(round_), ("drafted", 0, 2 + round_))


def revision_of(item: str, round_: int = 0, reasons: tuple[str, ...] = ()) -> RevisedPart:
    return RevisedPart(item, SOURCE, revision(draft(round_), reasons), ("revised", 0, 7 + round_), TRACE)


def mark_of(item: str, stage: str) -> DeadPart:
    return DeadPart(item, SOURCE, stage, stage, "unreadable", ("d", 0, 5))


def parts_of(item: str) -> list[Part]:
    return [
        plan_of(item),
        *(draft_of(item, one) for one in ROUNDS),
        revision_of(item, 0),
        revision_of(item, 1, ("level",)),
        RevisedPart(item, SOURCE, revision(draft(0, "a draft that lost")), ("revised", 0, 9), OTHER_TRACE),
        mark_of(item, "draft"),
        mark_of(item, "revise"),
        RevivedPart(item, "draft", ("d", 0, 6)),
        DecidedPart(decision(item, 1, DecisionKind.ACCEPTED), SOURCE),
        RetractedPart(item, "withdrawn"),
    ]


STRAIGHT = (0, 1, 3)
"""Of those parts: plan, draft, revision."""


async def merge_all(place: Any, store: SampleStore, batches: Sequence[Sequence[int]]) -> list[dict[str, Any]]:
    """Merge the parts numbered, batch after batch; return what there is after each."""
    item = str(uuid.uuid4())
    parts, told = parts_of(item), []
    for batch in batches:
        await store.merge([parts[n] for n in batch])
        told.append(comparable(await place.document(item)))
    return told


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(others=st.lists(st.integers(0, len(parts_of("x")) - 1), max_size=3), shuffle=st.randoms(use_true_random=False))
def test_whatever_else_comes_between_the_steps_the_documents_are_equal(
    run: Any, others: list[int], shuffle: random.Random
) -> None:
    order = [*STRAIGHT]
    for one in others:
        order.insert(shuffle.randint(0, len(order)), one)
    batches = [[one] for one in order]
    if len(batches) > 1 and shuffle.random() < 0.3:
        cut = shuffle.randrange(len(batches) - 1)
        batches[cut : cut + 2] = [[*batches[cut], *batches[cut + 1]]]

    async def scenario(place: Any) -> None:
        by_steps = await merge_all(place, place.store, batches)
        assert by_steps == await merge_all(place, PipelineOnly(place.database), batches)

    run(scenario)


@pytest.mark.parametrize("reasons", [(), ("level", "wrong_language")])
def test_a_sample_on_the_straight_course_never_meets_the_pipeline(
    run: Any, reasons: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(fill: Fill) -> Any:
        raise AssertionError("the pipeline was asked for")

    monkeypatch.setattr(store_module, "pipeline", refuse)

    async def scenario(place: Any) -> None:
        items = [str(uuid.uuid4()) for _ in range(3)]
        for part in (plan_of, draft_of, lambda item: revision_of(item, 0, reasons)):
            await place.store.merge([part(item) for item in items])
        for item in items:
            document = await place.document(item)
            assert (document["state"], document["reasons"]) == ("held" if reasons else "queued", [*reasons])
            assert document["trace"] == TRACE
            assert document["created_at"] <= document["times"]["drafted"] <= document["times"]["revised"]
            assert document["updated_at"] >= document["times"]["revised"]

    run(scenario)


def test_one_sample_that_is_elsewhere_keeps_no_other_of_its_batch_from_its_step(run: Any) -> None:
    async def scenario(place: Any) -> None:
        here, marked, early, unknown = (str(uuid.uuid4()) for _ in range(4))
        await place.store.merge([plan_of(here), plan_of(marked), plan_of(early)])
        await place.store.merge([mark_of(marked, "draft"), revision_of(early)])
        await place.store.merge([draft_of(item) for item in (here, marked, early, unknown)])
        states = [(await place.document(item))["state"] for item in (here, marked, early, unknown)]
        assert states == ["drafted", "drafted", "queued", "drafted"]
        assert (await place.document(marked))["dead"] == {}
        await place.store.merge([plan_of(item) for item in (here, unknown, str(uuid.uuid4()))])
        assert (await place.document(unknown))["plan"]["id"] == unknown

    run(scenario)
