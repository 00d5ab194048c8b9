"""Claims in a real Redis: who may ask, whose death is counted, and what is owed while Redis is away."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import redis
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisAway

from actors.claims import ALIVE_SECONDS, ALONE_DEATHS, DEATHS, Claim, Claims, Obituaries, Release, State
from actors.engines import EngineDead
from actors.usage import Usage, Used

Check = Callable[["Registry"], Awaitable[None]]


class Registry:
    """A Redis in which this test has keys of its own."""

    def __init__(self, url: str, client: Redis) -> None:
        self.url = url
        self.redis = client
        self.prefix = f"t{uuid.uuid4().hex}:"
        self.usage = Usage(client)

    def actor(self, name: str, client: Any = None) -> Claims:
        return Claims(client or self.redis, name, self.prefix)

    async def buried(self, name: str, *, died: bool = True) -> None:
        """Let the manager tell that an actor is gone."""

        def tell() -> None:
            with redis.Redis.from_url(self.url) as client:
                told = Obituaries(client, self.prefix)
                (told.died if died else told.left)(name)
                told.tell()

        await asyncio.to_thread(tell)

    async def claimed(self) -> dict[str, str]:
        found = await self.redis.hgetall(f"{self.prefix}claims")
        return {key.decode(): value.decode() for key, value in found.items()}

    async def died_with(self, key: str, number: int, *, alone: bool = False) -> None:
        """Let so many actors die with a key in hand."""
        for _ in range(number):
            name = uuid.uuid4().hex
            victim = self.actor(name)
            assert (await victim.take(key, "r")).state is State.TAKEN
            if alone:
                await victim.alone(key)
            await self.buried(name)


@pytest.fixture
def at(redis_url: str) -> Callable[[Check], None]:
    """Run a check on a registry."""

    def run(check: Check) -> None:
        async def go() -> None:
            async with Redis.from_url(redis_url) as client:
                await check(Registry(redis_url, client))

        asyncio.run(go())

    return run


class Broken:
    """A Redis client of which some calls fail, before the server sees them or after."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self.away = False
        self.answer_lost = False

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)

        async def call(*arguments: Any, **more: Any) -> Any:
            if self.away:
                raise RedisAway("away")
            done = await found(*arguments, **more)
            if self.answer_lost:
                raise RedisAway("the answer was lost")
            return done

        return call

    def register_script(self, text: str) -> Any:
        script = self._client.register_script(text)

        async def call(keys: Any, arguments: Any) -> Any:
            if self.away:
                raise RedisAway("away")
            done = await script(keys, arguments)
            if self.answer_lost:
                raise RedisAway("the answer was lost")
            return done

        return call


def test_what_one_has_another_waits_for_until_it_lets_go(at) -> None:
    async def check(there: Registry) -> None:
        one, other = there.actor("one"), there.actor("other")
        assert await one.take("k", "r") == Claim(State.TAKEN)
        assert await other.take("k", "r") == Claim(State.HELD)
        assert await other.take("l", "r") == Claim(State.TAKEN)
        await one.settle(Release("k", settled=True))
        assert await other.take("k", "r") == Claim(State.TAKEN)
        assert await there.claimed() == {"k": "other|m", "l": "other|m"}

    at(check)


def test_a_second_record_of_the_same_item_waits_in_the_same_actor_too(at) -> None:
    async def check(there: Registry) -> None:
        one = there.actor("one")
        assert [(await one.take("k", "r")).state for _ in range(2)] == [State.TAKEN, State.HELD]
        await one.settle(Release("k", settled=True))
        assert (await one.take("k", "r")).state is State.TAKEN

    at(check)


def test_a_claim_of_an_actor_that_died_counts_and_is_taken_over(at) -> None:
    async def check(there: Registry) -> None:
        for number in range(1, DEATHS + 1):
            await there.died_with("k", 1)
            claim = await there.actor(f"look-{number}").take("k", "r")
            assert claim == Claim(State.TAKEN, deaths=number)
            assert claim.suspect == (number == DEATHS)
            await there.buried(f"look-{number}", died=False)

    at(check)


@pytest.mark.parametrize("told", [True, False], ids=["that left", "whose life ran out"])
def test_a_claim_of_an_actor_that_is_only_gone_blames_nothing(at, told: bool) -> None:
    async def check(there: Registry) -> None:
        await there.actor("gone").take("k", "r")
        if told:
            await there.buried("gone", died=False)
        else:
            await there.redis.delete(f"{there.prefix}alive:gone")
        assert await there.actor("next").take("k", "r") == Claim(State.TAKEN)

    at(check)


def test_an_actor_that_leaves_in_peace_frees_what_it_has(at) -> None:
    async def check(there: Registry) -> None:
        leaving = there.actor("leaving")
        await leaving.take("k", "r")
        await leaving.leave()
        assert await there.actor("next").take("k", "r") == Claim(State.TAKEN)

    at(check)


def test_deaths_alone_make_an_item_dead_and_a_replay_has_one_try_alone(at) -> None:
    async def check(there: Registry) -> None:
        await there.died_with("k", DEATHS)
        await there.died_with("k", ALONE_DEATHS, alone=True)
        before = await there.usage.used()
        for name in ("next", "after that"):
            assert await there.actor(name).take("k", "r") == Claim(State.KILLS, DEATHS, ALONE_DEATHS)
        assert (await there.usage.used()).since(before) == Used()
        assert await there.claimed() == {}
        replay = there.actor("replay")
        again = await replay.take("k", "another record")
        assert (again.state, again.alone_deaths, again.suspect) == (State.TAKEN, ALONE_DEATHS - 1, True)
        await replay.alone("k")
        await there.buried("replay")
        assert (await there.actor("last").take("k", "another record")).state is State.KILLS
        await there.actor("other way").settle(Release("k", settled=True))
        assert await there.actor("forgiven").take("k", "r") == Claim(State.TAKEN)

    at(check)


def test_who_waits_to_be_alone_is_not_blamed_for_a_death_meanwhile(at) -> None:
    async def check(there: Registry) -> None:
        await there.died_with("k", DEATHS + 3)
        assert (await there.actor("next").take("k", "r")).deaths == DEATHS
        assert await there.claimed() == {"k": "next|w"}

    at(check)


def test_deaths_are_forgotten_when_the_item_settles_and_only_then(at) -> None:
    async def check(there: Registry) -> None:
        await there.died_with("k", DEATHS)
        one = there.actor("one")
        await one.take("k", "r")
        await one.give_back(Release("k"))
        assert (await one.take("k", "r")).deaths == DEATHS
        await one.settle(Release("k", settled=True))
        assert await one.take("k", "r") == Claim(State.TAKEN)

    at(check)


def test_calls_are_counted_with_the_claim_and_tokens_when_it_goes(at) -> None:
    async def check(there: Registry) -> None:
        before = await there.usage.used()
        one, other = there.actor("one"), there.actor("other")
        await asyncio.gather(*(one.take(str(number), "r") for number in range(5)))
        await asyncio.gather(*(other.take(str(number), "r") for number in range(7)))
        assert (await there.usage.used()).since(before) == Used(calls=7)
        await asyncio.gather(*(one.settle(Release(str(number), True, 100, 7)) for number in range(5)))
        assert (await there.usage.used()).since(before) == Used(7, 500, 35)

    at(check)


def test_claims_that_come_together_share_a_round_trip(at) -> None:
    async def check(there: Registry) -> None:
        async def trips() -> int:
            return int((await there.redis.info("commandstats")).get("cmdstat_evalsha", {}).get("calls", 0))

        one = there.actor("one")
        await one.take("warm", "r")
        before = await trips()
        await asyncio.gather(*(one.take(str(number), "r") for number in range(100)))
        await asyncio.gather(*(one.settle(Release(str(number), True)) for number in range(100)))
        assert await trips() - before <= 6

    at(check)


def test_one_that_was_taken_for_dead_does_not_let_go_what_another_has_by_now(at) -> None:
    async def check(there: Registry) -> None:
        slow, quick = there.actor("slow"), there.actor("quick")
        await slow.take("k", "r")
        await there.redis.delete(f"{there.prefix}alive:slow")
        assert (await quick.take("k", "r")).state is State.TAKEN
        await slow.settle(Release("k", settled=True))
        assert await there.claimed() == {"k": "quick|m"}

    at(check)


def test_of_a_dead_engine_no_claim_goes(at) -> None:
    async def check(there: Registry) -> None:
        one = there.actor("one")
        await one.take("k", "r")
        one.keep()
        await one.give_back(Release("k"))
        await one.leave()
        await one.renew()
        for ask, more in ((one.take, ["r"]), (one.alone, [])):
            with pytest.raises(EngineDead):
                await ask("l", *more)
        assert await there.claimed() == {"k": "one|m"}
        assert await there.actor("other").take("k", "r") == Claim(State.HELD)

    at(check)


def test_while_a_dead_engine_closes_nobody_takes_what_was_in_it_without_knowing_of_the_death(at) -> None:
    async def check(there: Registry) -> None:
        one = there.actor("one")
        await one.take("k", "r")
        await one.outlive()
        alive = f"{there.prefix}alive:one"
        assert await there.redis.pttl(alive) <= ALIVE_SECONDS * 1000, "it lives: nothing is to be outlived"
        one.keep()
        await one.outlive()
        assert await there.redis.pttl(alive) > 10 * ALIVE_SECONDS * 1000
        assert await there.actor("other").take("k", "r") == Claim(State.HELD)
        await there.buried("one")
        assert await there.actor("other").take("k", "r") == Claim(State.TAKEN, 1)

    at(check)


def test_a_claim_whose_answer_was_lost_keeps_nobody_waiting(at) -> None:
    async def check(there: Registry) -> None:
        client = Broken(there.redis)
        one, other = there.actor("one", client), there.actor("other")
        client.answer_lost = True
        with pytest.raises(RedisAway):
            await one.take("k", "r")
        assert (await other.take("k", "r")).state is State.HELD
        client.answer_lost = False
        await one.renew()
        assert (await other.take("k", "r")).state is State.TAKEN

    at(check)


def test_what_could_not_be_let_go_is_let_go_when_redis_is_back_and_not_if_taken_again(at) -> None:
    async def check(there: Registry) -> None:
        client = Broken(there.redis)
        one = there.actor("one", client)
        before = await there.usage.used()
        for key in ("k", "l"):
            await one.take(key, "r")
        client.away = True
        await one.give_back(Release("k"))
        with pytest.raises(RedisAway):
            await one.settle(Release("l", True, 10, 1))
        with pytest.raises(RedisAway):
            await one.renew()
        client.away = False
        assert (await one.take("k", "r")).state is State.TAKEN
        await one.renew()
        assert await there.claimed() == {"k": "one|m"}
        assert (await there.usage.used()).since(before) == Used(3, 10, 1)

    at(check)


def test_a_take_that_is_cancelled_is_given_back(at) -> None:
    async def check(there: Registry) -> None:
        one = there.actor("one")
        task = asyncio.create_task(one.take("k", "r"))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        while not await there.claimed():
            await asyncio.sleep(0.001)
        await one.renew()
        assert await there.claimed() == {}

    at(check)


def test_a_flushed_redis_frees_everything_and_scripts_are_loaded_again(at) -> None:
    async def check(there: Registry) -> None:
        one, other = there.actor("one"), there.actor("other")
        await one.take("k", "r")
        await there.redis.script_flush()
        for key in await there.redis.keys(f"{there.prefix}*"):
            await there.redis.delete(key)
        assert await other.take("k", "r") == Claim(State.TAKEN)
        await one.settle(Release("k", settled=True))
        assert await there.claimed() == {"k": "other|m"}

    at(check)


def test_an_actor_says_again_and_again_that_it_lives(at) -> None:
    async def check(there: Registry) -> None:
        one = there.actor("one")
        living = asyncio.create_task(one.live())
        key = f"{there.prefix}alive:one"
        while not await there.redis.exists(key):
            await asyncio.sleep(0.01)
        assert 0 < await there.redis.pttl(key) <= 6_000
        living.cancel()

    at(check)


def test_obituaries_are_kept_while_redis_is_away(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        prefix = f"t{uuid.uuid4().hex}:"

        class Away:
            def set(self, *_: Any, **__: Any) -> None:
                raise RedisAway("away")

        told = Obituaries(Away(), prefix)
        told.died("one")
        told.tell()
        told._redis = client
        told.tell()
        assert client.exists(f"{prefix}died:one") == 1
