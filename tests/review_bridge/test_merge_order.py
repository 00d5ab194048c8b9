"""Random parts, in random orders, in random batches, with duplicates: one and the same document."""

from __future__ import annotations

import random
import uuid
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from review_samples import comparable, decision, draft, planned, revision, source

from generation.samples import DecisionKind, state_of
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

SOURCE = source()
DRAFTS = {r: draft(r) for r in range(3)}
OTHERS = {r: draft(r, "a draft that lost") for r in range(3)}


def every_part(item: str) -> list[Part]:
    """One of each fact there can be of an item; as the first result wins, no two facts contradict each other."""
    own = planned().model_copy(update={"id": item})
    letters = [("one", "draft", 0), ("two", "revise", 0), ("three", "revise", 1), ("four", "store", 0)]
    marks = [(n, DeadPart(item, SOURCE, name, stage, "why", None, r)) for n, (name, stage, r) in enumerate(letters)]
    return [
        PlannedPart(own),
        *(DraftedPart(item, SOURCE, one) for one in DRAFTS.values()),
        *(RevisedPart(item, SOURCE, revision(one, ("level",) * (one.round % 2))) for one in DRAFTS.values()),
        *(RevisedPart(item, SOURCE, revision(one)) for one in OTHERS.values()),
        *(DecidedPart(decision(item, n, kind), SOURCE) for n, kind in enumerate(DecisionKind, 1)),
        *(replace(mark, at=("d", 0, n)) for n, mark in marks),
        *(replace(mark, at=("d", 0, 20 + n), why="again") for n, mark in marks),
        *(RevivedPart(item, name, ("d", 0, 10 + n)) for n, (name, _, _) in enumerate(letters)),
        RevivedPart(item, "four", ("d", 0, 30)),
        RetractedPart(item, "withdrawn"),
    ]


COUNT = len(every_part("x"))


def expected_state(parts: list[Part]) -> str:
    """The state by the pure function, of the parts as a set: what was refused left out."""
    drafts = {str(p.draft.round): {"digest": p.draft.digest} for p in parts if isinstance(p, DraftedPart)}
    revisions = {
        str(p.revision.round): {"draft_digest": p.revision.draft_digest, "reasons": p.revision.reasons}
        for p in parts
        if isinstance(p, RevisedPart) and p.revision.draft_digest == DRAFTS[p.revision.round].digest
    }
    decisions = {str(p.decision.seq): {"kind": p.decision.kind} for p in parts if isinstance(p, DecidedPart)}
    retracted = any(isinstance(p, RetractedPart) for p in parts)
    return state_of({"drafts": drafts, "revisions": revisions, "decisions": decisions, "retracted": retracted}).value


def batches(parts: list[Part], shuffle: random.Random) -> list[list[Part]]:
    """All parts, some of them twice, in any order and cut anywhere."""
    mixed = [*parts, *shuffle.choices(parts, k=len(parts) // 2)]
    shuffle.shuffle(mixed)
    cuts = sorted(shuffle.sample(range(len(mixed) + 1), k=min(3, len(mixed))))
    return [mixed[a:b] for a, b in zip([0, *cuts], [*cuts, len(mixed)], strict=True) if a < b]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    chosen=st.sets(st.integers(0, COUNT - 1), min_size=1),
    first=st.randoms(use_true_random=False),
    second=st.randoms(use_true_random=False),
)
def test_order_and_duplicates_do_not_matter(
    run: Any, chosen: set[int], first: random.Random, second: random.Random
) -> None:
    async def scenario(place: Any) -> None:
        documents = []
        for shuffle in (first, second):
            item = str(uuid.uuid4())
            parts = [part for n, part in enumerate(every_part(item)) if n in chosen]
            for batch in batches(parts, shuffle):
                await place.store.merge(batch)
                partial = await place.document(item)
                assert partial["state"] == state_of(partial)
            document = await place.document(item)
            assert document["state"] == expected_state(parts)
            documents.append(comparable(document))
        assert documents[0] == documents[1]

    run(scenario)
