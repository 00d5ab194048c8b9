"""What a desk does with samples: opening, leasing, deciding, taking back."""

from __future__ import annotations

from typing import Any

import pytest
from redis.asyncio import Redis
from review_samples import draft, planned, revision, source

from generation.samples import DecisionKind, State
from review_bridge.errors import DecisionConflict, DecisionInvalid, NotReviewable, NotYours, SampleUnknown
from review_bridge.leases import Holder, Leases
from review_bridge.parts import DraftedPart, PlannedPart, RevisedPart
from review_bridge.review import Review
from review_bridge.routing import take_in

ACCEPTED, EDITED, REJECTED = DecisionKind.ACCEPTED, DecisionKind.EDITED, DecisionKind.REJECTED
REOPENED = DecisionKind.REOPENED
LI, WU = Holder("Dr Li", "page-1"), Holder("Dr Wu", "page-2")
ITEMS = tuple(planned(slot) for slot in range(3))


def review(place: Any, told: list[str] | None = None, redis: Redis | None = None) -> Review:
    async def tell() -> None:
        if told is not None:
            told.append("told")

    leases = Leases(redis or place.redis, 60, place.queue._key + ".lease")
    return Review(place.store, place.queue, leases, tell)


async def queued(place: Any, number: int = 3, *reasons: str) -> tuple[str, ...]:
    parts: list[Any] = []
    for item in ITEMS[:number]:
        of = draft()
        parts += [PlannedPart(item), DraftedPart(item.id, source(), of)]
        parts.append(RevisedPart(item.id, source(), revision(of, reasons)))
    await take_in(place.store, place.queue, parts, place.tombs)
    return await place.queue.ids()


class TestNext:
    def test_two_desks_get_two_samples_in_the_order_of_the_queue(self, run: Any) -> None:
        async def scenario(place: Any) -> None:
            ids = await queued(place)
            first, second = await review(place).next(LI), await review(place).next(WU)
            assert (first.sample.id, second.sample.id) == ids[:2]
            assert (first.seen, first.elsewhere) == (0, None)
            waiting = await review(place).waiting()
            assert [(one.id, one.open_at) for one in waiting] == [(ids[0], "Dr Li"), (ids[1], "Dr Wu"), (ids[2], None)]

        run(scenario)

    def test_what_was_passed_comes_last(self, run: Any) -> None:
        async def scenario(place: Any) -> None:
            ids = await queued(place)
            for passed, found in (((), 0), (ids[:1], 1), (ids[:2], 2), (ids, 0)):
                opened = await review(place).next(LI, passed)
                assert opened.sample.id == ids[found]
                await review(place).give_back(ids[found], LI)

        run(scenario)

    def test_none_where_all_are_open_or_none_waits(self, run: Any) -> None:
        async def scenario(place: Any) -> None:
            assert await review(place).next(LI) is None
            await queued(place, 1)
            assert await review(place).next(LI) is not None
            assert await review(place).next(WU) is None

        run(scenario)

    def test_a_queue_that_is_behind_is_put_right(self, run: Any) -> None:
        async def scenario(place: Any) -> None:
            ids = await queued(place)
            before = await place.redis.zrange(place.queue._key, 0, -1, withscores=True)
            await review(place).decide(await review(place).next(LI), ACCEPTED, holder=LI)
            await place.redis.zadd(place.queue._key, {**dict(before), "unknown": 0})
            opened = await review(place).next(LI)
            assert opened.sample.id == ids[1]
            assert await place.queue.ids() == ids[1:]

        run(scenario)


class TestOpen:
    def test_one_that_another_has_open_is_to_be_read_only(self, run: Any) -> None:
        async def scenario(place: Any) -> None:
            ids = await queued(place, 1)
            await review(place).next(LI)
            assert (await review(place).open(ids[0], WU)).elsewhere == "Dr Li"
            await review(place).give_back(ids[0], LI)
            assert (await review(place).open(ids[0], WU)).elsewhere is None

        run(scenario)

    def test_a_held_one(self, run: Any) -> None:
        async def scenario(place: Any) -> None:
            await queued(place, 1, "level")
            assert await review(place).next(LI) is None
            assert [one.reasons for one in await review(place).held()] == [("level",)]
            opened = await review(place).open(ITEMS[0].id, LI)
            with pytest.raises(DecisionInvalid):
                await review(place).decide(opened, ACCEPTED, holder=LI)
            await review(place).decide(opened, ACCEPTED, holder=LI, why="the level is right")

        run(scenario)

    def test_nobody_meets_anothers_answer_but_a_lead(self, run: Any) -> None:
        async def scenario(place: Any) -> None:
            await queued(place, 1)
            await review(place).decide(await review(place).next(LI), ACCEPTED, holder=LI)
            with pytest.raises(NotYours):
                await review(place).open(ITEMS[0].id, WU)
            assert (await review(place).open(ITEMS[0].id, LI)).seen == 1
            await review(place).give_back(ITEMS[0].id, LI)
            assert (await review(place).open(ITEMS[0].id, WU, leads=True)).seen == 1

        run(scenario)

    def test_what_is_not_there_or_not_ready(self, run: Any) -> None:
        async def scenario(place: Any) -> None:
            with pytest.raises(SampleUnknown):
                await review(place).open("unknown", LI)
            await place.store.merge([PlannedPart(ITEMS[0])])
            with pytest.raises(NotReviewable):
                await review(place).open(ITEMS[0].id, LI)

        run(scenario)


class TestDecide:
    def test_the_event_is_told_the_lease_ends_and_the_sample_leaves_the_queue(self, run: Any) -> None:
        async def scenario(place: Any) -> None:
            ids, told = await queued(place, 2), list[str]()
            made = await review(place, told).decide(await review(place).next(LI), REJECTED, holder=LI, why="two right")
            assert (made.item, made.who, made.seq, told) == (ids[0], "Dr Li", 1, ["told"])
            stored = await place.store.decisions.documents.find_one({"unsent": True})
            assert (stored["event"]["topic"], stored["event"]["subject"]) == ("decisions", made.id)
            assert await place.queue.ids() == ids[1:]
            assert [one.open_at for one in await review(place).waiting()] == [None]

        run(scenario)

    def test_of_two_who_saw_the_same_one_is_first_whatever_became_of_the_leases(self, run: Any) -> None:
        async def scenario(place: Any) -> None:
            await queued(place, 1)
            at_li = await review(place).next(LI)
            await place.redis.delete(review(place)._leases._place(ITEMS[0].id))
            at_wu = await review(place).next(WU)
            await review(place).decide(at_wu, ACCEPTED, holder=WU)
            with pytest.raises(DecisionConflict):
                await review(place).decide(at_li, REJECTED, holder=LI, why="wrong")
            assert (await place.store.get(ITEMS[0].id)).state is State.ACCEPTED

        run(scenario)

    def test_without_redis_the_decision_is_stored(self, run: Any) -> None:
        async def scenario(place: Any) -> None:
            await queued(place, 1)
            opened = await review(place).next(LI)
            async with Redis(port=1, socket_connect_timeout=1) as away:
                await review(place, redis=away).decide(opened, ACCEPTED, holder=LI)
            assert (await place.store.get(ITEMS[0].id)).state is State.ACCEPTED

        run(scenario)


class TestTakeBack:
    @pytest.mark.parametrize(
        ("kind", "fields"),
        [(ACCEPTED, {}), (REJECTED, {"why": "wrong"}), (EDITED, {"changes": {"question": "Which finding?"}})],
    )
    def test_it_waits_again_at_the_same_desk_as_it_was(self, run: Any, kind: Any, fields: dict[str, Any]) -> None:
        async def scenario(place: Any) -> None:
            ids = await queued(place, 2)
            before = await review(place).next(LI)
            made = await review(place).decide(before, kind, holder=LI, **fields)
            again = await review(place).take_back(made, LI)
            assert (again.sample.state, again.seen, again.elsewhere) == (State.QUEUED, 2, None)
            assert again.sample.text == before.sample.text
            assert await place.queue.ids() == ids
            assert [one.kind for _, one in sorted(again.sample.decisions.items())] == [kind, REOPENED]
            assert (await review(place).next(WU)).sample.id == ids[1]
            await review(place).decide(again, ACCEPTED, holder=LI)
            assert (await place.store.get(made.item)).state is State.ACCEPTED

        run(scenario)

    def test_a_held_one_is_held_again(self, run: Any) -> None:
        async def scenario(place: Any) -> None:
            await queued(place, 1, "level")
            made = await review(place).decide(await review(place).open(ITEMS[0].id, LI), REJECTED, holder=LI, why="no")
            assert (await review(place).take_back(made, LI)).sample.state is State.HELD
            assert await place.queue.ids() == ()

        run(scenario)

    def test_not_once_somebody_has_decided_since(self, run: Any) -> None:
        async def scenario(place: Any) -> None:
            await queued(place, 1)
            made = await review(place).decide(await review(place).next(LI), ACCEPTED, holder=LI)
            corrected = await review(place).open(ITEMS[0].id, WU, leads=True)
            await review(place).decide(corrected, REJECTED, holder=WU, why="wrong")
            with pytest.raises(DecisionConflict):
                await review(place).take_back(made, LI)
            assert (await place.store.get(ITEMS[0].id)).state is State.REJECTED

        run(scenario)

    def test_not_anothers_and_not_twice(self, run: Any) -> None:
        async def scenario(place: Any) -> None:
            await queued(place, 1)
            made = await review(place).decide(await review(place).next(LI), ACCEPTED, holder=LI)
            with pytest.raises(NotYours):
                await review(place).take_back(made, WU)
            await review(place).take_back(made, LI)
            with pytest.raises(DecisionConflict):
                await review(place).take_back(made, LI)

        run(scenario)

    def test_there_is_nothing_to_take_back_of_an_undecided_sample(self, run: Any) -> None:
        async def scenario(place: Any) -> None:
            await queued(place, 1)
            with pytest.raises(DecisionInvalid, match="no decision to take back"):
                await review(place).decide(await review(place).next(LI), REOPENED, holder=LI)

        run(scenario)


def test_the_decisions_of_one_person_newest_first(run: Any) -> None:
    async def scenario(place: Any) -> None:
        ids = await queued(place)
        for holder in (LI, WU, LI):
            await review(place).decide(await review(place).next(holder), ACCEPTED, holder=holder)
        assert [one.item for one in await review(place).decided_by("Dr Li")] == [ids[2], ids[0]]

    run(scenario)
