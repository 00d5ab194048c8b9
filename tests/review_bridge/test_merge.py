"""One part at a time: what each adds, and what it leaves alone."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from review_samples import decision, draft, planned, provenance, revision, source

from generation.ids import item_id
from generation.samples import Draft, State, state_of
from review_bridge.errors import MergeFailed
from review_bridge.fill import SourceKey
from review_bridge.parts import (
    DeadPart,
    DecidedPart,
    DraftedPart,
    PlannedPart,
    RetractedPart,
    RevisedPart,
    RevivedPart,
)
from review_bridge.store import SampleStore

ITEM = planned()
SOURCE = source()
DRAFT = draft()
OTHER_DRAFT = draft(raw="another draft")
PLAN = PlannedPart(ITEM, ("planned", 0, 1))
DRAFTED = DraftedPart(ITEM.id, SOURCE, DRAFT, ("drafted", 0, 2))
REVISED = RevisedPart(ITEM.id, SOURCE, revision(DRAFT), ("revised", 0, 3))
WRONG = RevisedPart(ITEM.id, SOURCE, revision(OTHER_DRAFT), ("revised", 0, 4))


def dead(stage: str = "draft", offset: int = 5, name: str = "letter", round_: int = 0) -> DeadPart:
    return DeadPart(ITEM.id, SOURCE, name, stage, "unreadable", ("deadletters.draft", 0, offset), round_)


def merged(run: Any, *batches: list[Any]) -> dict[str, Any]:
    async def scenario(place: Any) -> dict[str, Any]:
        for batch in batches:
            await place.store.merge(batch)
        return await place.document(ITEM.id)

    return run(scenario)


def test_parts_fill_the_document(run: Any) -> None:
    document = merged(run, [PLAN], [DRAFTED], [REVISED])
    assert document["source"] == {"id": SOURCE.id, "version": SOURCE.version}
    assert document["plan"] == ITEM.model_dump(mode="json")
    assert document["drafts"] == {"0": DRAFT.model_dump(mode="json")}
    assert document["revisions"]["0"]["verdicts"] == [
        {"criterion": "answerable", "version": "1", "pass": True, "why": "because"}
    ]
    assert document["at"] == {
        "planned": ["planned", 0, 1], "drafted": ["drafted", 0, 2], "revised": ["revised", 0, 3]
    }  # fmt: skip
    assert document["state"] == "queued"
    assert document["dead"] == {}
    assert not {"early", "refused", "revived", "retracted"} & document.keys()


@pytest.mark.parametrize(
    ("parts", "state"),
    [
        ([PLAN], State.PLANNED),
        ([DRAFTED], State.DRAFTED),
        ([REVISED], State.PLANNED),
        ([REVISED, DRAFTED], State.QUEUED),
        ([RevisedPart(ITEM.id, SOURCE, revision(DRAFT, ("level",))), DRAFTED], State.HELD),
        ([DecidedPart(decision(ITEM.id), SOURCE)], State.PLANNED),
        ([DecidedPart(decision(ITEM.id), SOURCE), REVISED, DRAFTED, PLAN], State.ACCEPTED),
        ([DecidedPart(decision(ITEM.id, n, kind), SOURCE) for n, kind in ((2, "rejected"), (1, "accepted"))]
         + [REVISED, DRAFTED], State.REJECTED),
        ([RetractedPart(ITEM.id, "withdrawn")], State.RETRACTED),
        ([RetractedPart(ITEM.id, "withdrawn"), PLAN, DRAFTED, REVISED], State.RETRACTED),
    ],
)  # fmt: skip
def test_state_follows_from_the_parts_that_are_there(run: Any, parts: list[Any], state: State) -> None:
    document = merged(run, *[[part] for part in parts])
    assert document["state"] == state == state_of(document)


def test_the_first_of_a_part_wins(run: Any) -> None:
    late = DraftedPart(ITEM.id, SOURCE, OTHER_DRAFT, ("drafted", 0, 9))
    assert merged(run, [DRAFTED], [late])["drafts"]["0"]["digest"] == DRAFT.digest
    assert merged(run, [DRAFTED, late])["drafts"]["0"]["digest"] == DRAFT.digest


def test_the_last_position_wins(run: Any) -> None:
    again = DraftedPart(ITEM.id, SOURCE, DRAFT, ("drafted", 0, 9))
    unknown = DraftedPart(ITEM.id, SOURCE, DRAFT)
    assert merged(run, [DRAFTED], [again], [unknown])["at"] == {"drafted": ["drafted", 0, 9]}


def test_text_that_looks_like_an_expression_is_text(run: Any) -> None:
    item = planned(text="$retracted")
    raw = Draft(round=0, raw="$$REMOVE", parsed=None, digest="d" * 64, provenance=provenance("$host"))
    document = merged(
        run, [PlannedPart(item), DraftedPart(item.id, SOURCE, raw), RetractedPart(item.id, "$plan")],
    )  # fmt: skip
    assert document["plan"]["evidence"][0]["text"] == "$retracted"
    assert document["drafts"]["0"]["raw"] == "$$REMOVE"
    assert document["retracted"]["reason"] == "$plan"


def test_many_items_in_one_batch_each_with_several_parts(run: Any) -> None:
    items = [planned(slot) for slot in range(20)]
    parts = [
        part
        for kind in range(3)
        for item in items
        for part in (
            [PlannedPart(item)],
            [DraftedPart(item.id, SOURCE, draft())],
            [RevisedPart(item.id, SOURCE, revision(draft()))],
        )[kind]
    ]

    async def scenario(place: Any) -> None:
        result = await place.store.merge(parts)
        assert {one.state for one in result.standings.values()} == {State.QUEUED}
        assert result.standings.keys() == {item.id for item in items}
        assert result.refused == ()
        assert (await place.store.merge([])).standings == {}

    run(scenario)


class TestRefusal:
    def test_a_revision_of_another_draft_is_refused_and_named(self, run: Any) -> None:
        async def scenario(place: Any) -> None:
            await place.store.merge([DRAFTED])
            result = await place.store.merge([WRONG])
            assert [one.item_id for one in result.refused] == [ITEM.id]
            assert OTHER_DRAFT.digest[:12] in result.refused[0].why
            document = await place.document(ITEM.id)
            assert document["revisions"] == {}
            assert document["state"] == "drafted"

        run(scenario)

    def test_one_that_came_before_the_draft_is_refused_when_the_draft_comes(self, run: Any) -> None:
        async def scenario(place: Any) -> None:
            assert (await place.store.merge([WRONG])).refused == ()
            assert len((await place.store.merge([DRAFTED])).refused) == 1
            assert (await place.document(ITEM.id))["state"] == "drafted"

        run(scenario)

    def test_it_does_not_keep_the_right_one_out(self, run: Any) -> None:
        document = merged(run, [WRONG], [REVISED], [DRAFTED])
        assert document["state"] == "queued"
        assert document["revisions"]["0"]["draft_digest"] == DRAFT.digest
        assert "early" not in document

    def test_in_one_batch_with_the_right_one(self, run: Any) -> None:
        async def scenario(place: Any) -> None:
            result = await place.store.merge([WRONG, DRAFTED, REVISED])
            assert len(result.refused) == 1
            assert result.standings[ITEM.id].state is State.QUEUED

        run(scenario)

    def test_another_round_is_another_matter(self, run: Any) -> None:
        second = RevisedPart(ITEM.id, SOURCE, revision(draft(1), ("level",)))
        assert merged(run, [DRAFTED, REVISED], [second])["state"] == "queued"
        document = merged(run, [DraftedPart(ITEM.id, SOURCE, draft(1))])
        assert document["state"] == "held"
        assert document["reasons"] == ["level"]


class TestDeadMarks:
    def test_a_mark_stands_beside_the_state(self, run: Any) -> None:
        document = merged(run, [PLAN], [dead()])
        assert document["state"] == "planned"
        assert document["dead"] == {
            "letter": {"stage": "draft", "round": 0, "why": "unreadable", "at": ["deadletters.draft", 0, 5]}
        }

    def test_a_success_of_its_stage_clears_it(self, run: Any) -> None:
        assert merged(run, [dead()], [DRAFTED])["dead"] == {}
        assert merged(run, [dead()])["dead"] == {}

    def test_a_success_of_another_stage_does_not(self, run: Any) -> None:
        assert merged(run, [dead("revise")], [DRAFTED])["dead"].keys() == {"letter"}

    def test_a_refused_revision_is_no_success(self, run: Any) -> None:
        assert merged(run, [dead("revise")], [DRAFTED], [WRONG])["dead"].keys() == {"letter"}
        assert merged(run, [REVISED])["dead"] == {}

    def test_a_later_round_has_marks_of_its_own(self, run: Any) -> None:
        assert merged(run, [DRAFTED, REVISED], [dead("revise", round_=1)])["dead"].keys() == {"letter"}
        second = [DraftedPart(ITEM.id, SOURCE, draft(1)), RevisedPart(ITEM.id, SOURCE, revision(draft(1)))]
        assert merged(run, second)["dead"] == {}

    def test_a_replay_clears_it_and_a_redelivered_notice_does_not_bring_it_back(self, run: Any) -> None:
        revived = RevivedPart(ITEM.id, "letter", ("deadletters.draft", 0, 6))
        assert merged(run, [PLAN, dead()], [revived])["dead"] == {}
        assert merged(run, [dead()])["dead"] == {}

    @pytest.mark.parametrize("at", [("deadletters.draft", 0, 6), None])
    def test_it_may_die_again_under_the_same_id(self, run: Any, at: Any) -> None:
        revived = RevivedPart(ITEM.id, "letter", at)
        assert merged(run, [dead()], [revived], [dead(offset=7)])["dead"]["letter"]["at"][2] == 7
        assert merged(run, [dead(offset=5)])["dead"]["letter"]["at"][2] == 7

    def test_in_one_batch_in_the_order_given(self, run: Any) -> None:
        revived = RevivedPart(ITEM.id, "letter")
        assert merged(run, [dead(), revived])["dead"] == {}
        assert merged(run, [dead(offset=7), revived, dead(offset=9)])["dead"].keys() == {"letter"}

    def test_ids_may_hold_dots_and_dollars(self, run: Any) -> None:
        names = ["drafted.0.17", "$letter", "a.b"]
        document = merged(run, [dead(name=name) for name in names], [dead(name=names[0], offset=9)])
        assert document["dead"].keys() == {*names}
        assert merged(run, [RevivedPart(ITEM.id, name) for name in names])["dead"] == {}


class TestTwoProcesses:
    def test_both_insert_the_same_samples(self, run: Any) -> None:
        items = [planned(slot) for slot in range(40)]

        async def scenario(place: Any) -> None:
            stores = [SampleStore(place.database) for _ in range(4)]
            batches: list[list[Any]] = [
                [PlannedPart(item) for item in items],
                [DraftedPart(item.id, SOURCE, draft()) for item in items],
                [RevisedPart(item.id, SOURCE, revision(draft())) for item in items],
                [dead(name="x")],
            ]
            await asyncio.gather(*(store.merge(batch) for store, batch in zip(stores, batches, strict=True)))
            assert (await place.store.counts()).queued == len(items)

        run(scenario)

    def test_both_prepare(self, run: Any) -> None:
        async def scenario(place: Any) -> None:
            await asyncio.gather(*(SampleStore(place.database).prepare() for _ in range(4)))
            await place.database["samples"].drop()
            await place.database["decisions"].drop()
            await asyncio.gather(*(SampleStore(place.database).prepare() for _ in range(4)))
            assert len(await place.database["samples"].index_information()) == 5

        run(scenario)


def test_an_unacceptable_sample_is_named_and_the_others_are_written(run: Any) -> None:
    class NoSource:
        id = "guide"
        version = 7

    good, bad = planned(1), item_id("0" * 64, "1", "mcq", "en", 2)

    async def scenario(place: Any) -> None:
        with pytest.raises(MergeFailed, match=bad) as raised:
            await place.store.merge([DraftedPart(bad, NoSource(), DRAFT), PlannedPart(good)])
        assert raised.value.item_ids == (bad,)
        assert (await place.store.get(good.id)).state is State.PLANNED
        assert await place.store.get(bad) is None

    run(scenario)


def test_a_sample_reads_back_as_values(run: Any) -> None:
    merged(run, [PLAN, DRAFTED, REVISED, dead("store"), DecidedPart(decision(ITEM.id), SOURCE)])

    async def scenario(place: Any) -> None:
        sample = await place.store.get(ITEM.id)
        assert sample.plan == ITEM
        assert sample.source == SourceKey(SOURCE.id, SOURCE.version)
        assert sample.draft == DRAFT
        assert sample.revision == REVISED.revision
        assert sample.decision == decision(ITEM.id)
        assert sample.dead["letter"].at == ("deadletters.draft", 0, 5)
        assert sample.at["planned"] == ("planned", 0, 1)

    run(scenario)
