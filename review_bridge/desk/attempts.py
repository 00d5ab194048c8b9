"""How often somebody may get a password wrong; counted in Redis, so that every process counts together."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from redis.asyncio import Redis

WINDOW_SECONDS = 300
PER_PLACE = 5
"""Wrong passwords for one name from one address in a window."""
PER_NAME = 50
"""For one name from anywhere."""
PER_ADDRESS = 50
"""For any names from one address."""


class Attempts:
    """Counts wrong passwords."""

    def __init__(self, redis: Redis, key: str = "spinestream:review:attempts") -> None:
        self._redis = redis
        self._key = key

    async def allowed(self, name: str, address: str) -> bool:
        """Whether another attempt may be made now."""
        limits = self._limits(name, address)
        found = await self._redis.mget([*limits])
        return all(int(count or 0) < most for count, most in zip(found, limits.values(), strict=True))

    async def failed(self, name: str, address: str) -> None:
        """Count a wrong password."""
        async with self._redis.pipeline(transaction=True) as pipe:
            for place in self._limits(name, address):
                pipe.set(place, 0, nx=True, ex=WINDOW_SECONDS)
                pipe.incr(place)
            await pipe.execute()

    async def forget(self, name: str, address: str) -> None:
        """Forget what one address got wrong of a name, after a right password."""
        await self._redis.delete(next(iter(self._limits(name, address))))

    def _limits(self, name: str, address: str) -> Mapping[str, int]:
        name = name.casefold().strip()
        places = {f"{name}\n{address}": PER_PLACE, f"name\n{name}": PER_NAME, f"address\n{address}": PER_ADDRESS}
        return {f"{self._key}:{sha256(place.encode()).hexdigest()}": most for place, most in places.items()}
