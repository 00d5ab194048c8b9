"""What the store tells: lists, counts, what is open."""

from __future__ import annotations

from typing import Any

import pytest
from review_samples import decision, draft, planned, revision, source

from generation.samples import State
from review_bridge.parts import DeadPart, DecidedPart, DraftedPart, Part, PlannedPart, RetractedPart, RevisedPart

HERE = source()
THERE = source("another", "f" * 64)


def one(slot: int, upto: str, *reasons: str, of: Any = HERE) -> list[Part]:
    """Parts of a sample that has come as far as `upto`."""
    item, written = planned(slot, of), draft()
    revised = RevisedPart(item.id, of, revision(written, reasons), ("revised", 0, slot))
    steps: list[Part] = [
        PlannedPart(item, ("planned", 0, slot)), DraftedPart(item.id, of, written, ("drafted", 0, slot)), revised
    ]  # fmt: skip
    if upto in ("planned", "drafted", "revised"):
        return steps[: ["planned", "drafted", "revised"].index(upto) + 1]
    if upto == "retracted":
        return [*steps, RetractedPart(item.id, "withdrawn")]
    return [*steps, DecidedPart(decision(item.id, 1, upto), of)]


def dead(slot: int, why: str, stage: str = "draft", name: str = "letter") -> Part:
    return DeadPart(planned(slot).id, HERE, name, stage, why, ("dead", 0, slot))


ALL = [
    *one(0, "planned"), *one(1, "planned"), dead(1, "unreadable"), *one(2, "drafted"),
    *one(3, "drafted"), dead(3, "engine", "revise"), dead(3, "unreadable", "revise", "letter 2"),
    *one(4, "revised"), *one(5, "revised", "level", "citation"), *one(6, "revised", "level"),
    *one(7, "accepted"), *one(8, "edited"), *one(9, "rejected"), *one(10, "retracted"),
    *one(0, "revised", of=THERE), *one(1, "planned", of=THERE),
]  # fmt: skip


def test_counts_of_a_version(run: Any) -> None:
    async def scenario(place: Any) -> None:
        await place.store.merge(ALL)
        counts = await place.store.counts([HERE.version])
        assert (counts.planned, counts.drafted, counts.queued, counts.held) == (2, 2, 1, 2)
        assert (counts.accepted, counts.edited, counts.rejected, counts.retracted) == (1, 1, 1, 1)
        assert counts.held_by_reason == {"level": 2, "citation": 1}
        assert counts.dead == 2
        assert counts.dead_by_why == {"unreadable": 2, "engine": 1}
        assert (counts.open, counts.settled, counts.total) == (2, 9, 11)

    run(scenario)


@pytest.mark.parametrize(("versions", "total"), [(None, 13), ([], 0), (["0" * 64], 0), ([THERE.version], 2)])
def test_counts_of_other_versions(run: Any, versions: Any, total: int) -> None:
    async def scenario(place: Any) -> None:
        await place.store.merge(ALL)
        assert (await place.store.counts(versions)).total == total

    run(scenario)


def test_open_items_carry_what_is_needed_to_emit_them_again(run: Any) -> None:
    async def scenario(place: Any) -> None:
        await place.store.merge(ALL)
        found = {sample.id: sample for sample in await place.store.open_page()}
        assert found.keys() == {planned(0).id, planned(2).id, planned(1, THERE).id}
        drafted = found[planned(2).id]
        assert drafted.state is State.DRAFTED
        assert drafted.at == {"planned": ["planned", 0, 2], "drafted": ["drafted", 0, 2]}

    run(scenario)


def test_open_items_come_page_by_page(run: Any) -> None:
    async def scenario(place: Any) -> None:
        await place.store.merge(ALL)
        first = await place.store.open_page(limit=2)
        second = await place.store.open_page(after=first[-1].id, limit=2)
        ids = [one.id for one in (*first, *second)]
        assert ids == sorted({planned(0).id, planned(2).id, planned(1, THERE).id})
        assert await place.store.open_page(after=ids[-1]) == ()

    run(scenario)


def test_an_item_without_its_plan_has_nothing_to_be_emitted_again(run: Any) -> None:
    async def scenario(place: Any) -> None:
        await place.store.merge([DraftedPart(planned().id, HERE, draft())])
        assert await place.store.open_page() == ()
        assert (await place.store.counts()).open == 1

    run(scenario)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, 13),
        ({"limit": 4}, 4),
        ({"states": [State.HELD]}, 2),
        ({"states": [State.HELD, State.QUEUED]}, 4),
        ({"states": []}, 0),
        ({"source": HERE.id}, 11),
        ({"source": THERE.version}, 2),
        ({"source": THERE.id, "states": [State.QUEUED]}, 1),
        ({"source": "unknown"}, 0),
    ],
)
def test_list(run: Any, query: dict[str, Any], found: int) -> None:
    async def scenario(place: Any) -> None:
        await place.store.merge(ALL)
        samples = await place.store.list(**query)
        assert len(samples) == found
        assert [sample.id for sample in samples] == sorted(sample.id for sample in samples)

    run(scenario)


def test_list_goes_on_where_it_stopped(run: Any) -> None:
    async def scenario(place: Any) -> None:
        await place.store.merge(ALL)
        whole = await place.store.list()
        assert await place.store.list(after=whole[4].id) == whole[5:]

    run(scenario)


def test_get_what_is_not_there(run: Any) -> None:
    async def scenario(place: Any) -> None:
        assert await place.store.get("unknown") is None

    run(scenario)


def test_held_items_of_plans(run: Any) -> None:
    async def scenario(place: Any) -> None:
        await place.store.merge(ALL)
        here, there = planned(0).plan, planned(0, THERE).plan
        assert await place.store.held_items([here, there, "unknown"]) == {here: 11, there: 2}

    run(scenario)


def test_places_are_noted_and_nothing_else_changes(run: Any) -> None:
    async def scenario(place: Any) -> None:
        await place.store.merge(one(0, "drafted"))
        before = await place.document(planned(0).id)
        await place.store.note_places([(planned(0).id, ("drafted", 3, 99)), ("unknown", ("drafted", 0, 1))])
        await place.store.note_places([])
        after = await place.document(planned(0).id)
        assert after["at"] == {"planned": ["planned", 0, 0], "drafted": ["drafted", 3, 99]}
        assert after | {"at": None} == before | {"at": None}
        assert await place.store.get("unknown") is None

    run(scenario)
