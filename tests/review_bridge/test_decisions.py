"""Deciding: what is allowed, what is stored, and what two people at once get."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from review_samples import draft, planned, revision, source

from generation.samples import Decision, DecisionKind, State
from review_bridge.decisions import decide
from review_bridge.errors import DecisionConflict, DecisionInvalid, NotReviewable, SampleUnknown
from review_bridge.parts import DraftedPart, PlannedPart, RetractedPart, RevisedPart
from review_bridge.routing import take_in

SOURCE = source()
ITEM = planned()
ACCEPTED, EDITED, REJECTED = DecisionKind.ACCEPTED, DecisionKind.EDITED, DecisionKind.REJECTED


def event_of(one: Decision) -> dict[str, Any]:
    return {"topic": "decisions", "id": one.id, "value": one.model_dump_json().encode()}


async def held(place: Any, *reasons: str, readable: bool = True) -> None:
    of = draft()
    revised = RevisedPart(ITEM.id, SOURCE, revision(of, reasons, readable))
    await take_in(place.store, place.queue, [PlannedPart(ITEM), DraftedPart(ITEM.id, SOURCE, of), revised], place.tombs)


def deciding(place: Any, kind: DecisionKind = ACCEPTED, who: str = "Dr Li", **fields: Any) -> Any:
    return decide(place.store, place.queue, ITEM.id, kind, who=who, event_of=event_of, **fields)


class TestStored:
    def test_sample_queue_and_log_say_the_same(self, run: Any) -> None:
        async def scenario(place: Any) -> None:
            await held(place)
            assert await place.queue.ids() == (ITEM.id,)
            made = await deciding(place, why=" clear ")
            assert (made.id, made.seq, made.why, made.simulated) == (f"{ITEM.id}:1", 1, "clear", False)
            assert await place.store.decisions.get(ITEM.id, 1) == made
            sample = await place.store.get(ITEM.id)
            assert (sample.state, sample.decision) == (State.ACCEPTED, made)
            assert await place.queue.ids() == ()

        run(scenario)

    def test_the_event_lies_in_the_document_unsent(self, run: Any) -> None:
        async def scenario(place: Any) -> None:
            await held(place)
            made = await deciding(place)
            document = await place.store.decisions.documents.find_one({"unsent": True})
            assert document["_id"] == made.id
            assert document["event"] == event_of(made)
            assert document["who"] == "Dr Li"

        run(scenario)

    def test_a_simulated_one_is_marked(self, run: Any) -> None:
        async def scenario(place: Any) -> None:
            await held(place)
            await deciding(place, simulated=True)
            assert (await place.store.get(ITEM.id)).decision.simulated

        run(scenario)

    def test_an_edit_changes_the_text_that_counts(self, run: Any) -> None:
        async def scenario(place: Any) -> None:
            await held(place)
            await deciding(place, EDITED, changes={"question": " Which finding? "})
            sample = await place.store.get(ITEM.id)
            assert sample.state is State.EDITED
            assert sample.text.question == "Which finding?"
            assert sample.text.rationale == "The report says so."

        run(scenario)


class TestCorrection:
    def test_the_latest_counts_and_the_earlier_stays(self, run: Any) -> None:
        async def scenario(place: Any) -> None:
            await held(place)
            await deciding(place)
            second = await deciding(place, REJECTED, why="two answers are right", seen=1)
            sample = await place.store.get(ITEM.id)
            assert sample.state is State.REJECTED
            assert sample.decision == second
            assert [one.kind for _, one in sorted(sample.decisions.items())] == [ACCEPTED, REJECTED]

        run(scenario)

    def test_an_edit_is_no_longer_there_after_a_later_acceptance(self, run: Any) -> None:
        async def scenario(place: Any) -> None:
            await held(place)
            await deciding(place, EDITED, changes={"question": "Which finding?"})
            await deciding(place)
            assert (await place.store.get(ITEM.id)).text.question == "What is seen?"

        run(scenario)


class TestConflict:
    def test_of_many_at_once_one_is_stored(self, run: Any) -> None:
        async def scenario(place: Any) -> None:
            await held(place)
            who = [f"Dr {n}" for n in range(8)]
            results = await asyncio.gather(*(deciding(place, who=name, seen=0) for name in who), return_exceptions=True)
            stored = [one for one in results if isinstance(one, Decision)]
            conflicts = [one for one in results if isinstance(one, DecisionConflict)]
            assert (len(stored), len(conflicts)) == (1, 7)
            assert (await place.store.get(ITEM.id)).decisions == {1: stored[0]}

        run(scenario)

    def test_who_looked_before_somebody_decided_is_told_and_not_what(self, run: Any) -> None:
        async def scenario(place: Any) -> None:
            await held(place)
            await deciding(place, REJECTED, why="wrong level")
            with pytest.raises(DecisionConflict) as raised:
                await deciding(place, who="Dr Wu", seen=0)
            assert ITEM.id in str(raised.value)
            for secret in ("reject", "Dr Li", "wrong level"):
                assert secret not in str(raised.value)

        run(scenario)

    def test_a_decision_whose_writer_died_is_taken_into_the_sample(self, run: Any) -> None:
        async def scenario(place: Any) -> None:
            await held(place)
            lost = Decision(id=f"{ITEM.id}:1", item=ITEM.id, seq=1, kind=REJECTED, who="Dr Li", when="t", why="w")
            await place.store.decisions.append(lost, event_of(lost))
            with pytest.raises(DecisionConflict):
                await deciding(place)
            assert (await place.store.get(ITEM.id)).state is State.REJECTED
            assert await place.queue.ids() == ()
            assert (await deciding(place)).seq == 2

        run(scenario)

    @pytest.mark.parametrize("seen", [-1, 1])
    def test_nobody_has_seen_what_is_not_there(self, run: Any, seen: int) -> None:
        async def scenario(place: Any) -> None:
            await held(place)
            with pytest.raises(DecisionInvalid, match="open it again"):
                await deciding(place, seen=seen)

        run(scenario)


class TestRefused:
    def refused(self, run: Any, match: str, *reasons: str, readable: bool = True, **fields: Any) -> None:
        async def scenario(place: Any) -> None:
            await held(place, *reasons, readable=readable)
            before = await place.document(ITEM.id)
            with pytest.raises(DecisionInvalid, match=match) as raised:
                await deciding(place, **fields)
            assert ITEM.id in str(raised.value)
            assert await place.document(ITEM.id) == before
            assert await place.store.decisions.documents.count_documents({}) == 0

        run(scenario)

    @pytest.mark.parametrize("who", ["", "  "])
    def test_without_a_name(self, run: Any, who: str) -> None:
        self.refused(run, "who decided", who=who)

    @pytest.mark.parametrize("why", ["", "  "])
    def test_accepting_what_is_held_without_a_why(self, run: Any, why: str) -> None:
        self.refused(run, "held by the checks", "level", why=why)

    def test_rejecting_without_a_why(self, run: Any) -> None:
        self.refused(run, "needs a reason", kind=REJECTED)

    @pytest.mark.parametrize("name", ["answer", "options", "target", "citations", "questions"])
    def test_editing_what_is_the_plans(self, run: Any, name: str) -> None:
        self.refused(run, name, kind=EDITED, changes={name: "x", "question": "y"})

    @pytest.mark.parametrize("changes", [{}, None])
    def test_an_edit_of_nothing(self, run: Any, changes: Any) -> None:
        self.refused(run, "changes something", kind=EDITED, changes=changes)

    def test_an_edit_to_nothing(self, run: Any) -> None:
        self.refused(run, "new question is empty", kind=EDITED, changes={"question": "  "})

    def test_changes_without_an_edit(self, run: Any) -> None:
        self.refused(run, "come with an edit", kind=ACCEPTED, changes={"question": "x"})

    def test_accepting_what_cannot_be_read(self, run: Any) -> None:
        self.refused(run, "no readable text", "unreadable", readable=False, why="fine")

    def test_editing_half_of_what_cannot_be_read(self, run: Any) -> None:
        half = {"question": "x"}
        self.refused(run, "all of question, rationale", "unreadable", readable=False, kind=EDITED, changes=half)


def test_a_held_sample_is_accepted_with_a_why_and_edited_without(run: Any) -> None:
    async def scenario(place: Any) -> None:
        await held(place, "level")
        await deciding(place, why="the level is right")
        await deciding(place, EDITED, changes={"question": "x"})
        assert (await place.store.get(ITEM.id)).reasons == ("level",)

    run(scenario)


def test_an_unreadable_sample_can_be_written_anew(run: Any) -> None:
    async def scenario(place: Any) -> None:
        await held(place, "unreadable", readable=False)
        await deciding(place, EDITED, changes={"question": "Which?", "rationale": "So."})
        text = (await place.store.get(ITEM.id)).text
        assert (text.places, text.citations) == ({"question": "Which?", "rationale": "So."}, ())

    run(scenario)


@pytest.mark.parametrize(
    ("parts", "state"),
    [
        ([PlannedPart(ITEM)], "planned"),
        ([DraftedPart(ITEM.id, SOURCE, draft())], "drafted"),
        ([PlannedPart(ITEM), RetractedPart(ITEM.id, "withdrawn")], "retracted"),
    ],
)
def test_a_state_that_allows_no_decision(run: Any, parts: list[Any], state: str) -> None:
    async def scenario(place: Any) -> None:
        await place.store.merge(parts)
        with pytest.raises(NotReviewable, match=state):
            await deciding(place)

    run(scenario)


def test_an_unknown_sample(run: Any) -> None:
    async def scenario(place: Any) -> None:
        with pytest.raises(SampleUnknown, match=ITEM.id):
            await deciding(place)

    run(scenario)
