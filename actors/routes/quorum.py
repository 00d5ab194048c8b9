"""When the route may flip: pure.

The engines that have a say are those that take records now, of the pools that draft or revise and follow the route. In
each of these pools more than half must have loaded and tested what is wanted. Silence and failure count alike, as not
acknowledged: a minority that cannot load it holds nothing up, and is replaced after the flip.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import NamedTuple

from actors.routes.routes import Ack, Acknowledged


class Voter(NamedTuple):
    """An engine that has a say."""

    actor: str
    pool: str


class Count(NamedTuple):
    """How many have loaded what is wanted, of how many."""

    acknowledged: int
    of: int


def quorum(voters: Collection[Voter], acks: Mapping[str, Ack]) -> Count | None:
    """Return the count with which the route flips; None where it stays."""
    have = Counter(one.pool for one in voters)
    said = (acks.get(one.actor) for one in voters)
    loaded = Counter(
        one.pool for one, ack in zip(voters, said, strict=True) if ack and ack.state is Acknowledged.LOADED
    )
    if not have or any(2 * loaded[pool] <= number for pool, number in have.items()):
        return None
    return Count(loaded.total(), have.total())
