"""Who may sign in."""

from __future__ import annotations

from typing import Any

import pytest
from argon2 import PasswordHasher

from review_bridge.errors import ReviewerRefused, ReviewerUnknown
from review_bridge.reviewers import Reviewers, Role, new_password

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "correct horse"


def reviewers(place: Any) -> Reviewers:
    return Reviewers(place.database, QUICK)


def test_nobody_is_there_at_first(run: Any) -> None:
    async def scenario(place: Any) -> None:
        assert not await reviewers(place).any()
        assert await reviewers(place).with_password("admin", "admin") is None
        assert await reviewers(place).all() == ()

    run(scenario)


def test_a_name_and_its_password(run: Any) -> None:
    async def scenario(place: Any) -> None:
        those = reviewers(place)
        made = await those.add("  Dr   Li ", PASSWORD, [Role.CLINICIAN, Role.LEAD])
        assert (made.name, made.leads) == ("Dr Li", True)
        assert await those.with_password("dr li", PASSWORD) == made
        for wrong in ("", "correct horsf", PASSWORD + " ", "x" * 10_000):
            assert await those.with_password("Dr Li", wrong) is None
        assert await those.all() == (made,)

    run(scenario)


def test_the_password_is_kept_as_a_hash_only(run: Any) -> None:
    async def scenario(place: Any) -> None:
        await reviewers(place).add("Dr Li", PASSWORD)
        stored = await place.database["reviewers"].find_one({})
        assert stored["hash"].startswith("$argon2id$")
        assert PASSWORD not in str(stored)

    run(scenario)


def test_one_name_in_two_spellings_is_one_reviewer(run: Any) -> None:
    async def scenario(place: Any) -> None:
        await reviewers(place).add("Dr Li", PASSWORD)
        with pytest.raises(ReviewerRefused, match="remove that one first"):
            await reviewers(place).add("dr  LI", "another password")
        assert await reviewers(place).with_password("Dr Li", "another password") is None

    run(scenario)


@pytest.mark.parametrize(
    ("name", "password"),
    [("", PASSWORD), ("  ", PASSWORD), ("x" * 61, PASSWORD), ("a\x00b", PASSWORD), ("Li", ""), ("Li", "too short")],
)
def test_what_cannot_be_used_is_refused_and_not_quoted(run: Any, name: str, password: str) -> None:
    async def scenario(place: Any) -> None:
        with pytest.raises(ReviewerRefused) as raised:
            await reviewers(place).add(name, password)
        assert not password or password not in str(raised.value)
        assert not await reviewers(place).any()

    run(scenario)


def test_sessions_end_when_told_and_when_the_reviewer_is_removed(run: Any) -> None:
    async def scenario(place: Any) -> None:
        those = reviewers(place)
        made = await those.add("Dr Li", PASSWORD)
        assert await those.with_stamp(made.name, made.stamp) == made
        assert await those.with_stamp(made.name, "0" * 32) is None
        await those.end_sessions("Dr Li")
        assert await those.with_stamp(made.name, made.stamp) is None
        again = await those.with_password("Dr Li", PASSWORD)
        assert again is not None
        await those.remove("Dr Li")
        assert await those.with_stamp(again.name, again.stamp) is None
        with pytest.raises(ReviewerUnknown):
            await those.remove("Dr Li")

    run(scenario)


def test_new_passwords_are_long_enough_and_differ() -> None:
    made = {new_password() for _ in range(50)}
    assert len(made) == 50
    assert min(map(len, made)) >= 20
