"""Leases: while a sample is open on one reviewer's desk, no other desk is given it. They live in Redis (6.2 commands).

A lease is a courtesy and no lock: it runs out when it is not renewed, and a Redis that lost it loses nothing else.
What keeps two decisions apart is the number of decisions that each reviewer saw (`decide`, `seen`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from redis.asyncio import Redis

SECONDS = 120.0
"""How long a lease lasts that is not renewed: a closed lid gives the sample back after two minutes."""

_IF_THE_HOLDERS = "if redis.call('get', KEYS[1]) == ARGV[1] then return %s else return 0 end"
_RENEW = _IF_THE_HOLDERS % "redis.call('pexpire', KEYS[1], ARGV[2])"
_GIVE_BACK = _IF_THE_HOLDERS % "redis.call('del', KEYS[1])"


class Holder(NamedTuple):
    """Who has a sample open, and where."""

    name: str
    """The reviewer's name, for people."""
    desk: str
    """The open page: the same reviewer at two pages holds two leases. Never holds a line break."""


class Leases:
    """Leases by sample id; each ends by being given back or by running out."""

    def __init__(self, redis: Redis, seconds: float = SECONDS, key: str = "spinestream:review:lease") -> None:
        """`seconds` is how long a lease lasts from when it was last renewed."""
        self._redis = redis
        self._milliseconds = int(seconds * 1000)
        self._key = key
        self._renew = redis.register_script(_RENEW)
        self._give_back = redis.register_script(_GIVE_BACK)

    async def take(self, item_id: str, holder: Holder) -> bool:
        """Take a lease, or renew it where it is the holder's already; False where another has it."""
        taken = await self._redis.set(self._place(item_id), _told(holder), nx=True, px=self._milliseconds)
        return bool(taken) or await self.renew(item_id, holder)

    async def renew(self, item_id: str, holder: Holder) -> bool:
        """Make the lease last from now; False where it ran out or is another's."""
        return bool(await self._renew(keys=[self._place(item_id)], args=[_told(holder), self._milliseconds]))

    async def give_back(self, item_id: str, holder: Holder) -> bool:
        """End the lease; False where it was not the holder's."""
        return bool(await self._give_back(keys=[self._place(item_id)], args=[_told(holder)]))

    async def holders(self, item_ids: Sequence[str]) -> dict[str, Holder]:
        """Return {sample id: who has it open} of those that somebody has."""
        if not item_ids:
            return {}
        found = await self._redis.mget([self._place(item) for item in item_ids])
        return {item: _read(value) for item, value in zip(item_ids, found, strict=True) if value is not None}

    def _place(self, item_id: str) -> str:
        return f"{self._key}:{item_id}"


def _told(holder: Holder) -> str:
    return f"{holder.desk}\n{holder.name}"


def _read(value: bytes | str) -> Holder:
    desk, _, name = (value.decode() if isinstance(value, bytes) else value).partition("\n")
    return Holder(name, desk)
