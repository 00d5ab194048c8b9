"""One request, one result, whoever is killed or comes twice; and what a withdrawal does to what is frozen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import Any

import pytest
from snapshot_samples import NOTES, Made, ids_of

from generation.ids import digest
from review_bridge.errors import NoSnapshot, SnapshotUnknown
from streams import topics
from streams.events import Event
from streams.model_payloads import SnapshotRequested

Shops = Callable[..., Any]


def test_a_request_lies_there_with_its_event_unsent(run: Any, shop: Shops) -> None:
    async def scenario(place: Any) -> None:
        here = await shop(place)
        await here.hold(Made(0), Made(1), Made(2, decided=None))
        asked = await here.snapshots.request("enough", "Dr Li", simulated=True)
        [stored] = await here.snapshots.requests.documents.find().to_list()
        assert (stored["_id"], stored["unsent"], stored["simulated"]) == (asked.request, True, True)
        told: SnapshotRequested = topics.SNAPSHOT_REQUESTS.read(Event.from_stored(stored["event"]))
        assert told == asked
        assert (told.accepted, told.why, told.who) == (2, "enough", "Dr Li")

    run(scenario)


def test_the_first_result_of_a_request_wins(run: Any, shop: Shops) -> None:
    async def scenario(place: Any) -> None:
        here = await shop(place)
        await here.hold(Made(0))
        first = await here.made("r1")
        await here.hold(Made(1))
        assert await here.made("r1") == first
        later = await here.made("r2")
        assert (later.samples, later.snapshot != first.snapshot) == (2, True)
        assert [one.digest for one in await here.snapshots.list()] == [later.snapshot, first.snapshot]
        assert (await here.snapshots.newest()).digest == later.snapshot

    run(scenario)


def test_who_makes_it_at_once_with_another_gives_the_winners_result(run: Any, shop: Shops) -> None:
    async def scenario(place: Any) -> None:
        here = await shop(place)
        await here.hold(*(Made(slot) for slot in range(6)))
        asked = SnapshotRequested(request="r", why="new samples", accepted=6, who="trends", simulated=False)
        found = await asyncio.gather(*(here.snapshots.make(asked) for _ in range(8)))
        assert len({*found}) == 1
        assert await here.snapshots.requests.documents.count_documents({}) == 1
        [kept] = await here.snapshots.list()
        assert kept.requests == ("r",)

    run(scenario)


def test_two_requests_for_the_same_samples_share_a_dataset_and_keep_their_cards(run: Any, shop: Shops) -> None:
    async def scenario(place: Any) -> None:
        here = await shop(place)
        await here.hold(Made(0))
        one, other = await here.made("r1"), await here.made("r2")
        assert (one.snapshot, one.card != other.card) == (other.snapshot, True)
        assert ((await here.card(one)).request.request, (await here.card(other)).request.request) == ("r1", "r2")
        [kept] = await here.snapshots.list()
        assert (kept.requests, kept.card) == (("r1", "r2"), other.card)
        await here.made("r1")
        assert await here.snapshots.list() == (kept,)

    run(scenario)


def test_a_result_whose_snapshot_was_not_written_any_more_is_written_when_it_comes_again(run: Any, shop: Shops) -> None:
    """What a process leaves that is killed between its two writes."""

    async def scenario(place: Any) -> None:
        here = await shop(place)
        await here.hold(Made(0, NOTES), Made(1))
        first = await here.made("r1")
        [before] = await here.snapshots.list()
        await place.database["snapshots"].delete_many({})
        await here.withdraw("notes")
        assert await here.made("r1") == first
        [again] = await here.snapshots.list()
        assert again == before.model_copy(update={"withdrawn": ("notes",)})

    run(scenario)


def test_a_source_withdrawn_afterwards_marks_the_datasets_that_hold_it(run: Any, shop: Shops) -> None:
    async def scenario(place: Any) -> None:
        here = await shop(place)
        await here.hold(Made(0))
        without = await here.made()
        await here.hold(Made(1, NOTES))
        holding = await here.made()
        await here.withdraw("notes")
        assert await here.snapshots.mark_withdrawn("notes") == 1
        assert await here.snapshots.mark_withdrawn("notes") == 1
        marks = {one.digest: one.withdrawn for one in await here.snapshots.list()}
        assert marks == {without.snapshot: (), holding.snapshot: ("notes",)}
        assert len(await here.rows(holding)) == 2

    run(scenario)


def test_a_source_withdrawn_while_it_is_made_marks_it_too(
    run: Any, shop: Shops, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sweep comes by before the snapshot's document is there, and finds nothing to mark."""

    async def scenario(place: Any) -> None:
        here = await shop(place)
        await here.hold(Made(0, NOTES), Made(1))
        real, swept = here.sources.withdrawn, []

        async def withdrawn(names: Collection[str]) -> set[str]:
            found: set[str] = await real(names)
            if not swept:
                await here.withdraw("notes")
                swept.append(await here.snapshots.mark_withdrawn("notes"))
            return found

        monkeypatch.setattr(here.sources, "withdrawn", withdrawn)
        made = await here.made()
        assert (swept, made.samples) == ([0], 2)
        [kept] = await here.snapshots.list()
        assert kept.withdrawn == ("notes",)

    run(scenario)


def test_by_name_by_its_beginning_and_by_nothing(run: Any, shop: Shops) -> None:
    async def scenario(place: Any) -> None:
        here = await shop(place)
        with pytest.raises(NoSnapshot):
            await here.snapshots.newest()
        made = await here.made()
        assert (await here.snapshots.get(made.snapshot)).digest == made.snapshot
        assert (await here.snapshots.get(made.snapshot[:6])).digest == made.snapshot
        assert await here.snapshots.find(made.snapshot[:6]) is None
        for name in ("", "zz", "."):
            with pytest.raises(SnapshotUnknown):
                await here.snapshots.get(name)

    run(scenario)


def test_a_beginning_that_several_have_names_none(run: Any, shop: Shops) -> None:
    async def scenario(place: Any) -> None:
        here = await shop(place)
        results = [{"request": "r", "card": "c", "at": "t"}]
        document = {"results": results, "samples": 0, "simulated": False, "simulated_samples": 0, "phantom_samples": 0}
        for end in "12":
            await place.database["snapshots"].insert_one({"_id": "ab" + end, "made_at": "t", **document})
        with pytest.raises(SnapshotUnknown, match="2 snapshots begin with ab"):
            await here.snapshots.get("ab")

    run(scenario)


def test_the_datasets_that_a_sample_is_in(run: Any, shop: Shops) -> None:
    async def scenario(place: Any) -> None:
        here = await shop(place)
        early, late = Made(0), Made(1)
        await here.hold(early)
        first = await here.made()
        await here.hold(late)
        second = await here.made()
        found = {
            one.id: [held.digest for held in await here.snapshots.holding(one.id, one.of.version)]
            for one in (early, late)
        }
        assert found == {early.id: [first.snapshot, second.snapshot], late.id: [second.snapshot]}
        assert await here.ids(second) == ids_of([early, late])
        assert second.snapshot == digest(await here.blobs.get(second.snapshot))

    run(scenario)
