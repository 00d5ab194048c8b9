from __future__ import annotations

import pytest

from actors.pools.notes import MemberNote, PoolNote
from actors.routes.keeper import voters
from actors.routes.quorum import Count, Voter, quorum
from actors.routes.routes import Ack, Acknowledged


def acks(**said: bool) -> dict[str, Ack]:
    """Return what actors said: True for loaded."""
    return {
        actor: Ack(actor, Acknowledged.LOADED if loaded else Acknowledged.FAILED, "") for actor, loaded in said.items()
    }


def pool(*actors: str, name: str = "engine") -> tuple[Voter, ...]:
    return tuple(Voter(actor, name) for actor in actors)


@pytest.mark.parametrize(
    ("engines", "said", "count"),
    [
        ("", {}, None),
        ("a", {}, None),
        ("a", {"a": True}, Count(1, 1)),
        ("a", {"a": False}, None),
        ("ab", {"a": True}, None),
        ("ab", {"a": True, "b": False}, None),
        ("ab", {"a": True, "b": True}, Count(2, 2)),
        ("abc", {"a": True, "b": False, "c": True}, Count(2, 3)),
        ("abc", {"a": True}, None),
        ("abcd", {"a": True, "b": True}, None),
        ("abcd", {"a": True, "b": True, "c": True}, Count(3, 4)),
    ],
)
def test_more_than_half_must_have_loaded_it(engines: str, said: dict[str, bool], count: Count | None) -> None:
    assert quorum(pool(*engines), acks(**said)) == count


def test_what_engines_said_that_are_gone_does_not_count() -> None:
    assert quorum(pool("new"), acks(old=True, older=True)) is None


def test_every_pool_needs_its_own_half() -> None:
    both = (*pool("a", "b", "c", name="draft"), *pool("x", name="revise"))
    assert quorum(both, acks(a=True, b=True, c=True)) is None
    assert quorum(both, acks(a=True, b=True, x=True)) == Count(3, 4)


def test_engines_that_take_records_have_a_say() -> None:
    def member(pool: str, name: str, ready: bool) -> MemberNote:
        return MemberNote(pool, name, 1, "ready" if ready else "draining", ready, None)

    notes = [
        PoolNote("draft", ("draft",), 0, 2, (member("draft", "a", True), member("draft", "b", False))),
        PoolNote("read", ("read",), 0, 1, (member("read", "c", True),)),
    ]
    assert voters(notes, {"draft"}) == (Voter("a", "draft"),)
