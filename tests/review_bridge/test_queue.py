"""The contract of the review queue, on a real redis-server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from redis.asyncio import Redis

from review_bridge.queue import QueueEntry, ReviewQueue

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def entry(name: str, minutes: float = 0, priority: int = 5) -> QueueEntry:
    return QueueEntry(name, NOON + timedelta(minutes=minutes), priority)


def left(run: Any, scenario: Any) -> tuple[str, ...]:
    async def whole(place: Any) -> tuple[str, ...]:
        await scenario(place.queue)
        assert await place.queue.size() == len(await place.queue.ids())
        return await place.queue.ids()

    return run(whole)


def test_an_empty_queue(run: Any) -> None:
    async def scenario(queue: ReviewQueue) -> None:
        await queue.put([])
        assert await queue.take_off([]) == 0
        assert await queue.take_off(["unknown"]) == 0
        assert await queue.size() == 0

    assert left(run, scenario) == ()


def test_order_is_priority_then_time_then_id(run: Any) -> None:
    async def scenario(queue: ReviewQueue) -> None:
        await queue.put([entry("late", 9), entry("b"), entry("a"), entry("early", -9)])
        await queue.put([entry("urgent", 99, priority=0), entry("idle", -99, priority=9)])

    assert left(run, scenario) == ("urgent", "early", "a", "b", "late", "idle")


@pytest.mark.parametrize("priority", range(10))
def test_a_millisecond_counts_at_every_priority(priority: int) -> None:
    later = QueueEntry("a", NOON + timedelta(milliseconds=1), priority)
    assert float(later.score) - float(entry("a", priority=priority).score) == 1


@pytest.mark.parametrize("priority", [-1, 10])
def test_a_priority_out_of_range_names_the_sample(priority: int) -> None:
    with pytest.raises(ValueError, match=r"item-7.*0 to 9"):
        _ = entry("item-7", priority=priority).score


def test_who_has_waited_longest_whatever_the_priority(run: Any) -> None:
    async def scenario(place: Any) -> None:
        assert await place.queue.oldest() is None
        await place.queue.put([entry("dear", 30, 0), entry("old", 1.5, 9), entry("middle", 20)])
        assert await place.queue.oldest() == NOON + timedelta(minutes=1.5)
        await place.queue.take_off(["old"])
        assert await place.queue.oldest() == NOON + timedelta(minutes=20)

    run(scenario)


def test_putting_again_changes_nothing_but_the_place(run: Any) -> None:
    async def scenario(queue: ReviewQueue) -> None:
        await queue.put([entry("a", 1), entry("b", 2)])
        await queue.put([entry("a", 1)])
        assert await queue.ids() == ("a", "b")
        await queue.put([entry("a", 3)])

    assert left(run, scenario) == ("b", "a")


def test_take_off_tells_how_many_were_there(run: Any) -> None:
    async def scenario(queue: ReviewQueue) -> None:
        await queue.put([entry(name) for name in "abc"])
        assert await queue.take_off(["a", "c", "x"]) == 2

    assert left(run, scenario) == ("b",)


@pytest.mark.parametrize(("limit", "found"), [(0, 0), (1, 1), (2, 2), (9, 3), (None, 3)])
def test_limit(run: Any, limit: int | None, found: int) -> None:
    async def scenario(place: Any) -> int:
        await place.queue.put([entry(name) for name in "abc"])
        return len(await place.queue.ids(limit))

    assert run(scenario) == found


def test_more_than_one_batch(run: Any) -> None:
    names = [f"{n:05}" for n in range(2500)]

    async def scenario(queue: ReviewQueue) -> None:
        await queue.put([entry(name) for name in names])
        assert await queue.size() == 2500
        assert await queue.take_off(names[:-1]) == 2499

    assert left(run, scenario) == (names[-1],)


class TestRebuild:
    def test_it_replaces_everything_and_leaves_nothing_beside(self, run: Any) -> None:
        async def scenario(place: Any) -> None:
            await place.queue.put([entry("old")])
            await place.queue.rebuild([entry("b", 2), entry("a", 1)])
            assert await place.queue.ids() == ("a", "b")
            key = place.queue._key
            assert [found async for found in place.redis.scan_iter(key + "*")] == [key.encode()]

        run(scenario)

    def test_with_nothing_it_empties(self, run: Any) -> None:
        async def scenario(queue: ReviewQueue) -> None:
            await queue.put([entry("old")])
            await queue.rebuild([])

        assert left(run, scenario) == ()


def test_queues_of_different_keys_are_apart(run: Any) -> None:
    async def scenario(place: Any) -> None:
        other = ReviewQueue(place.redis, place.queue._key + ":other")
        await other.put([entry("a")])
        assert await place.queue.ids() == ()

    run(scenario)


def test_a_client_that_decodes_answers_the_same(run: Any, redis_url: str) -> None:
    async def scenario(place: Any) -> None:
        await place.queue.put([entry("a")])
        async with Redis.from_url(redis_url, decode_responses=True) as redis:
            assert await ReviewQueue(redis, place.queue._key).ids() == ("a",)

    run(scenario)
