"""Claims of items in flight, in Redis: who asks a model for what, so that no two do, and so that the death of an engine
finds the items that were in it. Docs: docs/pools.md.

Nothing here is needed for a right result (the first durable result wins); it saves calls, and it finds what kills.
"""

from __future__ import annotations

import asyncio
import enum
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from actors.engines.errors import EngineDead
from actors.usage import KEY as USAGE
from streams.coalesce import Coalescer
from streams.dependencies import as_dependency_down

log = logging.getLogger(__name__)

DEATHS = 2
"""Engine deaths with an item in flight that make it a suspect, which runs alone."""
ALONE_DEATHS = 2
"""Engine deaths with an item alone in the engine that make it dead; one could be somebody's kill."""
ALIVE_SECONDS, RENEW_SECONDS = 6.0, 2.0
TEARDOWN_SECONDS = 120.0
"""What an actor whose engine died may take to close it and to end, before others take up what it had."""
DIED_SECONDS = 7 * 86_400
"""How long it is remembered that an actor died with claims that nobody has taken up yet."""
PREFIX = "spinestream:"

_TAKE = """
-- KEYS: claims, deaths, alone deaths, usage, killers; ARGV: prefix, me, my life in ms, deaths that make a suspect,
-- deaths alone that are too many, then (key, record) pairs. A claim is `actor|how`: m (among many), w (waits to be
-- alone), a (alone). A killer's record is kept: brought again it is refused again; another has one try alone.
redis.call('SET', ARGV[1] .. 'alive:' .. ARGV[2], '1', 'PX', ARGV[3])
local many, limit = tonumber(ARGV[4]), tonumber(ARGV[5])
local found, asked = {}, 0
for i = 6, #ARGV, 2 do
  local key, record, state = ARGV[i], ARGV[i + 1], 'taken'
  local claim = redis.call('HGET', KEYS[1], key)
  if claim then
    local who, how = string.match(claim, '^(.*)|([mwa])$')
    if who ~= ARGV[2] then
      if redis.call('EXISTS', ARGV[1] .. 'died:' .. who) == 1 then
        if how == 'm' then redis.call('HINCRBY', KEYS[2], key, 1) end
        if how == 'a' then redis.call('HINCRBY', KEYS[3], key, 1) end
      elseif redis.call('EXISTS', ARGV[1] .. 'alive:' .. who) == 1 then
        state = 'held'
      end
    end
  end
  local deaths = tonumber(redis.call('HGET', KEYS[2], key) or '0')
  local alone = tonumber(redis.call('HGET', KEYS[3], key) or '0')
  if state == 'taken' and alone >= limit then
    local killer = redis.call('HGET', KEYS[5], key)
    if killer and killer ~= record then
      alone = limit - 1
      redis.call('HSET', KEYS[3], key, alone)
      redis.call('HDEL', KEYS[5], key)
    else
      state = 'kills'
      redis.call('HSET', KEYS[5], key, record)
      redis.call('HDEL', KEYS[1], key)
    end
  end
  if state == 'taken' then
    local suspect = deaths >= many or alone > 0
    redis.call('HSET', KEYS[1], key, ARGV[2] .. (suspect and '|w' or '|m'))
    asked = asked + 1
  end
  found[#found + 1] = {state, deaths, alone}
end
if asked > 0 then redis.call('HINCRBY', KEYS[4], 'calls', asked) end
return found
"""
_RELEASE = """
-- KEYS: claims, deaths, alone deaths, usage, killers; ARGV: me, prompt tokens, output tokens, then (key, settled) pairs
for i = 4, #ARGV, 2 do
  local claim = redis.call('HGET', KEYS[1], ARGV[i])
  if claim and string.sub(claim, 1, -3) == ARGV[1] then redis.call('HDEL', KEYS[1], ARGV[i]) end
  if ARGV[i + 1] == '1' then
    redis.call('HDEL', KEYS[2], ARGV[i])
    redis.call('HDEL', KEYS[3], ARGV[i])
    redis.call('HDEL', KEYS[5], ARGV[i])
  end
end
if ARGV[2] ~= '0' then redis.call('HINCRBY', KEYS[4], 'prompt_tokens', ARGV[2]) end
if ARGV[3] ~= '0' then redis.call('HINCRBY', KEYS[4], 'output_tokens', ARGV[3]) end
return 1
"""


class State(enum.StrEnum):
    """What came of asking for a claim."""

    TAKEN = "taken"
    """It is ours, and one call was counted."""
    HELD = "held"
    """Another living actor has it, or another record of this one: wait for the result."""
    KILLS = "kills"
    """The item killed too many engines; it is not taken."""


class Claim(NamedTuple):
    """A claim as it was found."""

    state: State
    deaths: int = 0
    """Engine deaths with the item in flight among others."""
    alone_deaths: int = 0
    """Engine deaths with the item alone in the engine."""

    @property
    def suspect(self) -> bool:
        """Whether the item has to run alone."""
        return self.deaths >= DEATHS or self.alone_deaths > 0


@dataclass(frozen=True, slots=True)
class Release:
    """What is told when a claim goes."""

    key: str
    settled: bool = False
    """Whether the item is settled, so that its deaths are forgotten."""
    prompt_tokens: int = 0
    output_tokens: int = 0


class Claims:
    """The claims of one actor over an asyncio Redis client; calls that come together share a round trip."""

    def __init__(self, redis: Any, actor: str, prefix: str = PREFIX) -> None:
        """`actor` is an id that no other actor ever had; `prefix` goes before every key."""
        self._redis = redis
        self._actor = actor
        self._prefix = prefix
        self._keys = [f"{prefix}claims", f"{prefix}deaths", f"{prefix}alone-deaths", USAGE, f"{prefix}killers"]
        self._take_script = redis.register_script(_TAKE)
        self._release_script = redis.register_script(_RELEASE)
        self._take_all: Coalescer[tuple[str, str], Claim] = Coalescer(self._take_group)
        self._release_all: Coalescer[Release, None] = Coalescer(self._release_group)
        self._mine: set[str] = set()
        self._owed: list[Release] = []
        self._kept = False

    async def take(self, key: str, record: str) -> Claim:
        """Ask for the claim on a result key, of which `record` names the record at hand.

        Raises EngineDead once claims are kept, and what Redis raises; nothing is claimed then.
        """
        self._refuse_after_death()
        if key in self._mine:
            return Claim(State.HELD)
        self._mine.add(key)
        try:
            claim = await self._take_all((key, record))
        except BaseException:
            # It may be taken on the server all the same: left there, it would keep others waiting for ever.
            self._give_up(Release(key))
            raise
        if claim.state is not State.TAKEN:
            self._mine.discard(key)
        return claim

    async def alone(self, key: str) -> None:
        """Say that a claimed item is alone in the engine from now on. Raises EngineDead once claims are kept: it must
        not be blamed for the death of who was alone before it."""
        self._refuse_after_death()
        await self._redis.hset(self._keys[0], key, f"{self._actor}|a")

    async def settle(self, release: Release) -> None:
        """Let a claim go with what was used for it. Raises what Redis raises; it is then done later."""
        if self._kept:
            return
        try:
            await self._release_all(release)
        except BaseException:
            self._give_up(release)
            raise
        self._mine.discard(release.key)

    async def give_back(self, release: Release) -> None:
        """Let the claim on something unfinished go, now or, where Redis is away, later; never raises for it."""
        try:
            await self.settle(release)
        except Exception as error:
            if as_dependency_down(error) is None:
                raise

    def keep(self) -> None:
        """Let no claim go any more: the engine died, and they say what was in it."""
        self._kept = True

    async def renew(self) -> None:
        """Say that this actor lives, and let go what could not be let go before. Raises what Redis raises."""
        if self._kept:
            return
        await self._redis.set(f"{self._prefix}alive:{self._actor}", "1", px=int(ALIVE_SECONDS * 1000))
        owed, self._owed = [one for one in self._owed if one.key not in self._mine], []
        if owed:
            try:
                await self._release_group(owed)
            except BaseException:
                self._owed += owed
                raise

    async def outlive(self) -> None:
        """Once claims are kept: count as living until the manager has said that this actor died, however long its
        engine takes to close. Else whoever gets the items first would not know of the death."""
        if self._kept:
            life = int(TEARDOWN_SECONDS * 1000)
            await self._quietly(lambda: self._redis.set(f"{self._prefix}alive:{self._actor}", "1", px=life))

    async def live(self) -> None:
        """Renew until cancelled, however often Redis is away."""
        while True:
            await self._quietly(self.renew)
            await asyncio.sleep(RENEW_SECONDS)

    async def leave(self) -> None:
        """Leave in peace: whatever is still claimed is free at once."""
        if not self._kept:
            await self._quietly(lambda: self._redis.delete(f"{self._prefix}alive:{self._actor}"))

    def _refuse_after_death(self) -> None:
        if self._kept:
            raise EngineDead("it died a moment ago")

    async def _quietly(self, work: Any) -> None:
        try:
            await work()
        except Exception as error:
            if as_dependency_down(error) is None:
                raise
            log.info("claims: %s", as_dependency_down(error))

    def _give_up(self, release: Release) -> None:
        self._mine.discard(release.key)
        self._owed.append(release)

    async def _take_group(self, asked: Sequence[tuple[str, str]]) -> list[Claim]:
        life = int(ALIVE_SECONDS * 1000)
        told = [part for one in asked for part in one]
        found = await self._take_script(self._keys, [self._prefix, self._actor, life, DEATHS, ALONE_DEATHS, *told])
        return [Claim(State(state.decode()), int(deaths), int(alone)) for state, deaths, alone in found]

    async def _release_group(self, releases: Sequence[Release]) -> list[None]:
        tokens = sum(one.prompt_tokens for one in releases), sum(one.output_tokens for one in releases)
        told = [part for one in releases for part in (one.key, int(one.settled))]
        await self._release_script(self._keys, [self._actor, *tokens, *told])
        return [None] * len(releases)


class Obituaries:
    """What a pool's manager tells of actors that ended, over a Redis client that is not asyncio's."""

    def __init__(self, redis: Any, prefix: str = PREFIX) -> None:
        self._redis = redis
        self._prefix = prefix
        self._untold: list[tuple[str, bool]] = []

    def died(self, actor: str) -> None:
        """An actor's engine died or was killed for its silence: what it held had a part in it."""
        self._untold.append((actor, True))

    def left(self, actor: str) -> None:
        """An actor is gone and blames nothing: what it held is free."""
        self._untold.append((actor, False))

    def tell(self) -> None:
        """Write what is not written yet; while Redis is away it is kept."""
        while self._untold:
            actor, died = self._untold[0]
            try:
                if died:
                    self._redis.set(f"{self._prefix}died:{actor}", "1", ex=DIED_SECONDS)
                self._redis.delete(f"{self._prefix}alive:{actor}")
            except Exception as error:
                if as_dependency_down(error) is None:
                    raise
                log.info("obituaries: %s", as_dependency_down(error))
                return
            self._untold.pop(0)
