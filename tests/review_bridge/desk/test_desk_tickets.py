"""The session cookie, and how many wrong passwords are taken."""

from __future__ import annotations

from typing import Any

import pytest

from review_bridge.desk.attempts import PER_ADDRESS, PER_PLACE, WINDOW_SECONDS, Attempts
from review_bridge.desk.tickets import Ticket, Tickets

TICKET = Ticket("Dr 李", "0123456789abcdef")


def test_a_ticket_is_read_back() -> None:
    tickets = Tickets("key", 12)
    assert tickets.read(tickets.issue(TICKET)) == TICKET


@pytest.mark.parametrize("text", [None, "", "x", "a.b.c", "WyJhIiwiYiJd.aaaaaa.bbbbbb"])
def test_what_is_no_ticket(text: str | None) -> None:
    assert Tickets("key", 12).read(text) is None


def test_one_signed_with_another_key_or_changed_is_none() -> None:
    issued = Tickets("key", 12).issue(TICKET)
    assert Tickets("other", 12).read(issued) is None
    assert Tickets("key", 12).read("x" + issued) is None


def test_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    tickets = Tickets("key", 1)
    issued = tickets.issue(TICKET)
    later = tickets._serializer.make_signer(b"").get_timestamp() + 3602
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: later)
    assert tickets.read(issued) is None


class TestAttempts:
    def test_few_for_a_name_from_one_address_and_others_are_not_to_suffer(self, run: Any, topic_prefix: str) -> None:
        async def scenario(place: Any) -> None:
            attempts = Attempts(place.redis, topic_prefix + "attempts")
            for _ in range(PER_PLACE):
                assert await attempts.allowed("Dr Li", "10.0.0.1")
                await attempts.failed("Dr Li", "10.0.0.1")
            assert not await attempts.allowed("dr li ", "10.0.0.1")
            assert await attempts.allowed("Dr Li", "10.0.0.2")
            assert await attempts.allowed("Dr Wu", "10.0.0.1")
            await attempts.forget("Dr Li", "10.0.0.1")
            assert await attempts.allowed("Dr Li", "10.0.0.1")

        run(scenario)

    def test_one_address_may_not_try_many_names(self, run: Any, topic_prefix: str) -> None:
        async def scenario(place: Any) -> None:
            attempts = Attempts(place.redis, topic_prefix + "attempts")
            for number in range(PER_ADDRESS):
                await attempts.failed(f"Dr {number}", "10.0.0.1")
            assert not await attempts.allowed("Dr Li", "10.0.0.1")

        run(scenario)

    def test_it_is_forgotten_after_the_window_and_names_no_one(self, run: Any, topic_prefix: str) -> None:
        async def scenario(place: Any) -> None:
            await Attempts(place.redis, topic_prefix + "attempts").failed("Dr Li", "10.0.0.1")
            keys = [key async for key in place.redis.scan_iter(topic_prefix + "attempts*")]
            assert len(keys) == 3
            assert all(b"Li" not in key and b"10.0" not in key for key in keys)
            assert all([0 < await place.redis.ttl(key) <= WINDOW_SECONDS for key in keys])

        run(scenario)
