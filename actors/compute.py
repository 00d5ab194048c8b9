"""The compute lease: on a machine without a GPU one heavy process computes at a time.

Trainer and scorer hold it while they compute; the engine stages stand still meanwhile (`paused: compute`). It is a key
in Redis with a short life, kept alive by whoever holds it, so it is free soon after its holder was killed. Nothing is
wrong if two compute at once, it is only slower for both: so a Redis that is away or was flushed takes nobody's work.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from streams.controls import Paused, Pauses
from streams.dependencies import as_dependency_down

log = logging.getLogger(__name__)

COMPUTE = "compute"
"""Why the stages that it pauses stand still."""
KEY = "spinestream:compute"
LIFE_SECONDS = 10.0
"""How long a lease lives without a heartbeat: what others wait, at most, for a holder that was killed."""
BEAT_SECONDS = 2.0
ASK_SECONDS = 0.5
"""How often who waits asks again."""
GPUS = ("nvidia[0-9]*", "kfd")
"""Files under /dev where there is a GPU."""

_BEAT = """
-- KEYS: the lease; ARGV: me, life in ms. Returns whether the lease is mine, taken again where nobody has it.
local has = redis.call('GET', KEYS[1])
if has and has ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
_LEAVE = """
-- KEYS: the lease; ARGV: me
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""


class LeaseLost(Exception):
    """Another has the lease that was held: this process did not renew it in time. What it guarded was cancelled."""


class ComputeLease:
    """The lease over an asyncio Redis client. One object is one who asks; it may hold the lease again and again."""

    def __init__(
        self, redis: Any, holder: str, *, wanted: bool = True, life_seconds: float = LIFE_SECONDS, key: str = KEY
    ) -> None:
        """`holder` is a name for people (`trainer 3fa9c1d2`). With `wanted` False `held` neither waits nor holds."""
        self._redis = redis
        self._wanted = wanted
        self._life = life_seconds
        self._key = key
        self._name = holder
        self._me = f"{holder}|{uuid.uuid4().hex}"
        self._beat_script = redis.register_script(_BEAT)
        self._leave_script = redis.register_script(_LEAVE)

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Wait for the lease, keep it alive while the body runs, and let it go. Compute in a thread: a loop that stands
        still does not renew it.

        Raises:
            LeaseLost: another took it meanwhile; the body was cancelled where it waited.
        """
        if not self._wanted:
            yield
            return
        await self._take()
        body = asyncio.current_task()
        assert body is not None
        lost: list[Exception] = []
        beating = asyncio.create_task(self._beat(body, lost), name="compute-lease")
        try:
            yield
        except asyncio.CancelledError:
            if lost and not body.uncancel():
                raise lost[0] from None
            raise
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)
            await self._let_go()
        if lost and not body.uncancel():  # the body ended all the same
            raise lost[0]

    async def holder(self) -> str | None:
        """Return who holds the lease, None for nobody; in the words that its holder gave."""
        found = await self._redis.get(self._key)
        if found is None:
            return None
        text = found.decode(errors="replace") if isinstance(found, bytes) else str(found)
        return text.rpartition("|")[0] or text

    async def _take(self) -> None:
        """Ask until the lease is ours, however often Redis is away."""
        told = False
        while True:
            try:
                if await self._ask():
                    return
                if not told:
                    log.info("waiting for the compute lease, held by %s", await self.holder())
                    told = True
            except Exception as error:
                if as_dependency_down(error) is None:
                    raise
                log.info("compute lease: %s", as_dependency_down(error))
            await asyncio.sleep(min(ASK_SECONDS, self._life / 4))

    async def _ask(self) -> bool:
        return bool(await self._beat_script([self._key], [self._me, int(self._life * 1000)]))

    async def _beat(self, body: asyncio.Task[Any], lost: list[Exception]) -> None:
        """Renew until cancelled; cancels the body once another has the lease, or renewing fails for good."""
        while True:
            await asyncio.sleep(min(BEAT_SECONDS, self._life / 5))
            try:
                if await self._ask():
                    continue
                lost.append(LeaseLost(f"{self._name} lost the compute lease: not renewed for {self._life:.0f} s"))
            except Exception as error:  # noqa: BLE001 - goes to who holds the lease
                if as_dependency_down(error) is not None:
                    log.info("compute lease: %s", as_dependency_down(error))
                    continue
                lost.append(error)
            log.warning("%s", lost[0])
            body.cancel()
            return

    async def _let_go(self) -> None:
        """Free the lease at once; where Redis is away it ends by itself."""
        try:
            await self._leave_script([self._key], [self._me])
        except Exception as error:
            if as_dependency_down(error) is None:
                raise
            log.info("compute lease: %s", as_dependency_down(error))


def shares_compute(setting: bool | None, *, devices: Path = Path("/dev")) -> bool:
    """Return whether a process takes part in the lease: as it is set; unset, where the machine has no GPU."""
    if setting is not None:
        return setting
    return not any(next(devices.glob(name), None) for name in GPUS)


class ComputePauses:
    """The pauses of engine stages, with those for who holds the lease."""

    def __init__(self, pauses: Pauses, lease: ComputeLease, stages: tuple[str, ...]) -> None:
        """`pauses` are those that people and budgets ask for: told first. `stages` stand still for the lease."""
        self._pauses = pauses
        self._lease = lease
        self._stages = stages
        self.holder = ""
        """Who was found to hold the lease when it was looked at last; empty: nobody."""

    async def __call__(self) -> dict[str, Paused]:
        """Return {stage: why} of the stages that are to stand still now."""
        asked = await self._pauses()
        self.holder = await self._lease.holder() or ""
        return {**paused_for(self._stages, self.holder), **asked}


def paused_for(stages: Iterable[str], holder: str) -> dict[str, Paused]:
    """Return stages as standing still for who holds the lease; none of them where nobody does."""
    return {stage: Paused(COMPUTE, holder, "") for stage in stages} if holder else {}
