"""A decision and a release in the trace of their sample: the sink keeps it, whoever decides later goes on with it."""

from __future__ import annotations

from typing import Any

import pytest
from review_samples import draft, planned, revision, source

from generation.samples import Decision, DecisionKind
from review_bridge.decisions import decide, decided_event
from review_bridge.parts import DraftedPart, PlannedPart, RevisedPart
from review_bridge.routing import take_in
from review_bridge.sink import SinkStage
from review_bridge.snapshots.releasing import tell_released
from streams import topics
from streams.events import Event
from streams.payloads import ItemRevised
from streams.telemetry.traceparent import read
from tests.streams.event_examples import delivery
from tests.streams.telemetry.following import following, id_of, parent_of, trace_of

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
SOURCE, ITEM = source(), planned()


async def held(place: Any, trace: str | None = TRACE) -> None:
    of = draft()
    revised = RevisedPart(ITEM.id, SOURCE, revision(of), trace=trace)
    await take_in(place.store, place.queue, [PlannedPart(ITEM), DraftedPart(ITEM.id, SOURCE, of), revised], place.tombs)


async def decided(place: Any) -> Event:
    """Accept the sample; returns the event that waits to be sent."""

    def event_of(made: Decision) -> dict[str, Any]:
        return decided_event(SOURCE, made, "desk")

    kind = DecisionKind.ACCEPTED
    await decide(place.store, place.queue, ITEM.id, kind, who="Dr Li", why="fine", event_of=event_of)
    document = await place.store.decisions.documents.find_one({"unsent": True})
    return Event.from_stored(document["event"])


def test_a_decision_goes_on_with_the_trace_and_names_nobody(run: Any) -> None:
    async def scenario(place: Any) -> None:
        await held(place)
        event = await decided(place)
        span, parent, told = seen.one("decide"), read(TRACE), read(event.traceparent)
        assert parent is not None
        assert told is not None
        assert (trace_of(span), parent_of(span), told.span) == (parent.trace, parent.span, id_of(span))
        assert span.attributes == {
            "spinestream.subject": ITEM.id,
            "spinestream.decision": "accepted",
            "spinestream.simulated": False,
        }

    with following() as seen:
        run(scenario)


def test_where_no_spans_are_made_the_event_carries_the_samples_trace(run: Any) -> None:
    async def scenario(place: Any) -> None:
        await held(place)
        assert (await decided(place)).traceparent == TRACE

    run(scenario)


def test_a_sample_that_is_not_followed_has_no_trace(run: Any) -> None:
    async def scenario(place: Any) -> None:
        await held(place, None)
        assert (await decided(place)).traceparent is None
        assert (await place.store.get(ITEM.id)).trace is None

    with following() as seen:
        run(scenario)
    assert not seen.spans


def test_the_sink_keeps_the_trace_and_when_each_part_came(run: Any) -> None:
    async def scenario(place: Any) -> None:
        revised = ItemRevised(
            item_id=ITEM.id, source_id=SOURCE.id, source_version=SOURCE.version, revision=revision(draft())
        )
        event = topics.REVISED.event(revised, key=ITEM.id, subject=ITEM.id, source="revise")
        sink = SinkStage(place.store, place.queue, None)  # type: ignore[arg-type]
        for header in (TRACE, TRACE[:-1] + "0", "not a header"):
            told = Event.from_stored({**event.stored(), "traceparent": header})
            part = await sink._part(delivery(told))
            assert isinstance(part, RevisedPart)
            assert part.trace == (TRACE if header == TRACE else None)
            await place.store.merge([part])
        sample = await place.store.get(ITEM.id)
        assert sample.trace == TRACE
        assert {*sample.times} == {"revised"}
        before = sample.times["revised"]
        await place.store.merge([part])
        assert (await place.store.get(ITEM.id)).times["revised"] == before

    run(scenario)


def test_a_dataset_is_told_of_in_the_trace_of_each_of_its_samples(run: Any) -> None:
    async def scenario(place: Any) -> None:
        await held(place)
        assert await tell_released(place.store, "d" * 64, [ITEM.id, "nobody"]) == 1
        span = seen.one("release")
        assert span.attributes == {"spinestream.subject": ITEM.id, "spinestream.snapshot": "d" * 64}

    with following() as seen:
        run(scenario)

    async def off(place: Any) -> None:
        assert await tell_released(place.store, "d" * 64, []) == 0

    run(off)


def test_traces_are_asked_for_in_bounded_questions(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("review_bridge.store.IDS_AT_ONCE", 2)

    async def scenario(place: Any) -> None:
        ids = [f"item-{number}" for number in range(7)]
        documents = [{"_id": one, "trace": TRACE} for one in ids if one != "item-1"]
        await place.database["samples"].insert_many(documents, bypass_document_validation=True)
        assert list(await place.store.traces([*ids, "gone"], 100)) == [one for one in ids if one != "item-1"]
        assert list(await place.store.traces(ids, 3)) == ["item-0", "item-2", "item-3"]

    run(scenario)
