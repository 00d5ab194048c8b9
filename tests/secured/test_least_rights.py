"""The rights that docs/external-servers.md asks for are enough, and no more is let through."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import redis
from kafka import KafkaAdminClient
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourceType,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from actors.claims import Claims, Release, State
from actors.compute import ComputeLease
from actors.usage import Usage
from review_bridge.leases import Holder, Leases
from review_bridge.queue import QueueEntry, ReviewQueue
from spinestream.embedded import Addresses
from spinestream.settings import Settings
from spinestream.wiring import connected
from spinestream.workdir import Workdir
from streams.access import ACCESS, Access
from streams.broker import Broker, BrokerSettings
from streams.errors import DependencyDown
from streams.publisher import Publisher
from streams.server_url import ServerUrl
from streams.servers import blocking_redis_client, mongo_client, redis_client
from streams.topics import REGISTRY, specs
from tests.secured.servers import SecuredServers
from tests.streams.conftest import event

PAGE = Path(__file__).parents[2] / "docs" / "external-servers.md"
PASSWORD = "a-password-of-the-least"
REDIS_RULES = ("~spinestream:*", "resetchannels", "+@all", "-@admin", "-@dangerous")


@pytest.fixture
def store_url(secured: SecuredServers) -> Iterator[str]:
    with MongoClient[dict[str, Any]](secured.addresses.mongodb) as root:
        grant = [{"role": role, "db": "least"} for role in ("readWrite", "dbAdmin")]
        root.admin.command("createUser", "least", pwd=PASSWORD, roles=grant)
        yield replace(ServerUrl.read(secured.addresses.mongodb), user="least", password=PASSWORD).text
        root.admin.command("dropUser", "least")
        root.drop_database("least")


@pytest.fixture
def cache_url(secured: SecuredServers) -> Iterator[str]:
    with redis.Redis.from_url(secured.plain_redis) as admin:
        admin.execute_command("ACL", "SETUSER", "least", "on", f">{PASSWORD}", *REDIS_RULES)
        yield replace(ServerUrl.read(secured.addresses.redis), user="least", password=PASSWORD).text
        for key in admin.scan_iter("spinestream:*"):
            admin.delete(key)
        admin.execute_command("ACL", "DELUSER", "least")


@pytest.mark.long
def test_a_user_of_one_database_prepares_every_collection_twice(store_url, cache_url, tmp_path: Path) -> None:
    addresses = Addresses(mongodb=store_url, redis=cache_url)

    async def prepare() -> None:
        async with connected(Workdir.open(tmp_path / "W"), Settings(database="least"), addresses) as parts:
            await parts.prepare()
            await parts.prepare()

    asyncio.run(prepare())

    async def look_elsewhere() -> None:
        client = mongo_client(store_url, serverSelectionTimeoutMS=5_000)
        with pytest.raises(OperationFailure):
            await client["another"]["samples"].find_one()
        await client.close()

    asyncio.run(look_elsewhere())


@pytest.mark.long
def test_a_user_of_our_keys_claims_leases_queues_and_counts(cache_url) -> None:
    async def use() -> None:
        cache = redis_client(cache_url)
        claims = Claims(cache, "actor-of-tests")
        assert (await claims.take("key", "record")).state is State.TAKEN
        await claims.renew()
        await claims.alone("key")
        await claims.settle(Release("key", settled=True, prompt_tokens=1, output_tokens=1))
        await claims.leave()
        leases, me = Leases(cache), Holder("Dr Li", "desk")
        assert await leases.take("a", me)
        assert set(await leases.holders(["a"])) == {"a"}
        assert await leases.renew("a", me)
        assert await leases.give_back("a", me)
        queue = ReviewQueue(cache)
        await queue.rebuild([QueueEntry("a", datetime.now(UTC))])
        assert await queue.ids() == ("a",)
        assert (await Usage(cache).used()).calls == 1
        async with ComputeLease(cache, "trainer of tests").held():
            assert await ComputeLease(cache, "another").holder() is not None
        await cache.aclose()

    asyncio.run(use())
    with blocking_redis_client(cache_url) as cache:
        for refused in (lambda: cache.get("another"), cache.flushall, lambda: cache.config_get("*")):
            with pytest.raises(redis.ResponseError):
                refused()


class Users:
    """Makes a user of each role, with the rights of `streams.access` and no others."""

    def __init__(self, secured: SecuredServers, prefix: str) -> None:
        self._fields = secured.addresses.kafka_fields()
        self._prefix = prefix
        self.owner = Broker(BrokerSettings.model_validate({**self._fields, "prefix": prefix}))
        self.owner.ensure_topics()

    def make(self, role: str, access: Access) -> Broker:
        name = f"{self._prefix}{role}"
        with closing(KafkaAdminClient(**self.owner.settings.client())) as admin:
            login = UserScramCredentialUpsertion(name, ScramMechanism.SCRAM_SHA_256, PASSWORD, iterations=4096)
            admin.alter_user_scram_credentials([login])
            made = admin.create_acls([_rule(f"User:{name}", *one) for one in self._rules(access)])
            assert not made["failed"], made
        fields = {**self._fields, "username": name, "password": PASSWORD, "prefix": self._prefix}
        broker = Broker(BrokerSettings.model_validate({**fields, "connect_timeout_ms": 2_000}))
        _until_let_in(broker)
        return broker

    def _rules(self, access: Access) -> Iterator[tuple[ResourceType, str, ACLResourcePatternType, ACLOperation]]:
        literal = ACLResourcePatternType.LITERAL
        for kind in (ResourceType.TOPIC, ResourceType.GROUP):
            yield kind, self._prefix, ACLResourcePatternType.PREFIXED, ACLOperation.DESCRIBE
        for group, topics in access.reads.items():
            yield ResourceType.GROUP, self._prefix + group, literal, ACLOperation.READ
            for topic in topics:
                yield ResourceType.TOPIC, self._prefix + topic, literal, ACLOperation.READ
        for topic in access.sends:
            yield ResourceType.TOPIC, self._prefix + topic, literal, ACLOperation.WRITE


def _rule(
    principal: str, kind: ResourceType, name: str, pattern: ACLResourcePatternType, operation: ACLOperation
) -> ACL:
    return ACL(principal, "*", operation, ACLPermissionType.ALLOW, ResourcePattern(kind, name, pattern))


def _until_let_in(broker: Broker) -> None:
    """Wait until the broker knows a user that was just made."""
    deadline = time.monotonic() + 30
    while True:
        try:
            assert broker.ensure_topics() == []
        except DependencyDown:
            assert time.monotonic() < deadline, "the user is not let in"
        else:
            return


@pytest.fixture
def users(secured: SecuredServers, topic_prefix: str) -> Iterator[Users]:
    made = Users(secured, topic_prefix)
    yield made
    made.owner.close()


@pytest.mark.long
@pytest.mark.parametrize("role", ACCESS)
def test_the_user_of_a_role_reads_and_sends_what_is_its_own_and_nothing_else(users: Users, role: str) -> None:
    access = ACCESS[role]
    broker = users.make(role, access)
    publisher, owner = Publisher(broker), Publisher(users.owner)

    async def send() -> None:
        await publisher.publish([event(topic, 1) for topic in access.sends])
        foreign = sorted({"sources", "drafted", "judgements"} - set(access.sends))
        if foreign:
            with pytest.raises(DependencyDown, match="TopicAuthorizationFailed"):
                await publisher.publish([event(foreign[0], 1)])
        await owner.publish([event(topics[0], 2) for topics in access.reads.values()])

    asyncio.run(send())
    for group, topics in access.reads.items():
        broker.lag(group, topics)
        _read_one(broker, group, topics)
    publisher.close()
    owner.close()
    broker.close()


def _read_one(broker: Broker, group: str, topics: tuple[str, ...]) -> None:
    consumer = broker.consumer(group)
    try:
        consumer.subscribe([broker.wire_name(topic) for topic in topics])
        deadline = time.monotonic() + 40
        while not consumer.poll(timeout_ms=200):
            assert time.monotonic() < deadline, f"{group} reads nothing"
        consumer.commit()
    finally:
        consumer.close()


def _told(names: Iterable[str]) -> str:
    found = list(dict.fromkeys(names))
    if set(found) >= {spec.name for spec in specs()}:
        return "all, dead letters included"
    if set(found) == set(REGISTRY):
        return "all but dead letters"
    return " ".join(f"`{name}`" for name in found) or "none"


@pytest.mark.parametrize("role", ACCESS)
def test_the_page_tells_the_rights_of_each_role(role: str) -> None:
    access = ACCESS[role]
    read = _told(topic for topics in access.reads.values() for topic in topics)
    line = f"| `{role}` | {_told(access.reads)} | {read} | {_told(access.sends)} |"
    assert line in PAGE.read_text().splitlines()
