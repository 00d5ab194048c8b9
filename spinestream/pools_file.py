"""What the pools role last wrote down of its pools and their actors (`run/pool.json`), as others read it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from pydantic import TypeAdapter, ValidationError

from actors.pools.notes import MemberNote, PoolNote
from spinestream.workdir import Workdir

_MEMBERS = TypeAdapter(tuple[MemberNote, ...])
_POOLS = TypeAdapter(tuple[PoolNote, ...])


@dataclass(frozen=True)
class PoolsTold:
    """All pools as their manager saw them last."""

    manager: int
    """Pid of the pools role."""
    pools: tuple[PoolNote, ...]

    @property
    def members(self) -> tuple[MemberNote, ...]:
        """Every actor of every pool."""
        return tuple(one for pool in self.pools for one in pool.members)

    @property
    def working(self) -> bool:
        """Whether every pool that wants an actor has one that takes requests."""
        return pools_work(self.pools)

    def in_hand(self, stages: Collection[str]) -> int:
        """Return how many records of these stages the actors have in hand."""
        reports = [one.report for one in self.members if one.report is not None]
        return sum(number for told in reports for stage, number in told.in_flight.items() if stage in stages)


def pools_work(pools: Iterable[PoolNote]) -> bool:
    """Return whether every pool that wants an actor has one that takes requests."""
    return all(pool.wanted == 0 or any(one.ready for one in pool.members) for pool in pools)


def pools_told(workdir: Workdir) -> PoolsTold | None:
    """Return what was written last; None where nothing is, or nothing that can be read."""
    try:
        told = json.loads(workdir.pool_file.read_text())
        members = _MEMBERS.validate_python(told["members"])
        pools = _POOLS.validate_python([{**one, "members": ()} for one in told["pools"]])
        manager = int(told["manager"])
    except (OSError, ValueError, KeyError, TypeError, ValidationError):
        return None
    filled = (replace(one, members=tuple(m for m in members if m.pool == one.name)) for one in pools)
    return PoolsTold(manager, tuple(filled))
