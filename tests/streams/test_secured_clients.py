"""Our clients at servers with TLS and logins: a record, a transaction and a key go through, and who is not let in is
told so. The whole contract suites run there too, by `make prove ROWS=tls`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import redis
from pymongo import MongoClient
from pymongo.errors import OperationFailure, ServerSelectionTimeoutError

from streams.broker import Broker, BrokerSettings
from streams.dependencies import as_dependency_down
from streams.errors import DependencyDown
from streams.publisher import Publisher
from streams.server_url import PASSWORD_FILE, ServerUrl
from streams.servers import blocking_redis_client, mongo_client, redis_client
from streams.trends.worker import credentials
from tests.secured.authority import Authority
from tests.secured.servers import REDIS_USER, SecuredServers
from tests.streams.conftest import event
from tests.streams.test_broker_contract import read_all


@pytest.fixture
def strangers_ca(tmp_path: Path) -> str:
    """An authority that signed none of the servers' certificates."""
    return str(Authority(tmp_path / "another").ca)


def written(path: Path, secret: str) -> str:
    path.write_text(secret + "\n")
    return str(path)


def broker_fields(secured: SecuredServers, folder: Path, **other: Any) -> dict[str, Any]:
    """The settings of a client whose password is in a file."""
    fields = secured.addresses.kafka_fields()
    file = written(folder / "kafka", fields["password"])
    return {**fields, "password": "", "password_file": file, "connect_timeout_ms": 5_000, **other}


def test_a_record_goes_through_kafka_with_tls_a_certificate_and_a_password_in_a_file(
    secured, tmp_path, topic_prefix
) -> None:
    broker = Broker(BrokerSettings.model_validate(broker_fields(secured, tmp_path, prefix=topic_prefix)))
    broker.ensure_topics()
    publisher = Publisher(broker)

    async def publish() -> None:
        await publisher.publish([event("planned", number) for number in range(3)])

    asyncio.run(publish())
    assert {one.key for _, one in read_all(broker, "planned", 3)} == {b"item-0", b"item-1", b"item-2"}
    publisher.close()
    broker.close()


def test_kafka_lets_nobody_in_without_the_password_the_certificate_or_the_trust(
    secured, tmp_path, strangers_ca
) -> None:
    wrong = written(tmp_path / "wrong", "another-password")
    for changed in (
        {"password_file": wrong},
        {"certificate_file": "", "key_file": ""},
        {"ca_file": strangers_ca},
    ):
        fields = broker_fields(secured, tmp_path, **{"connect_timeout_ms": 1_500, **changed})
        broker = Broker(BrokerSettings.model_validate(fields))
        with pytest.raises(DependencyDown, match="kafka"):
            broker.ensure_topics()
        broker.close()


def test_faust_gets_the_same_login_and_the_same_tls(secured, tmp_path) -> None:
    settings = BrokerSettings.model_validate(broker_fields(secured, tmp_path))
    found = credentials(settings)
    assert found.protocol.value == "SASL_SSL"
    assert (found.username, found.password) == (settings.username, secured.addresses.kafka_password)
    from aiokafka import AIOKafkaConsumer

    async def connect() -> set[str]:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=settings.bootstrap,
            security_protocol=found.protocol.value,
            sasl_mechanism=found.mechanism.value,
            sasl_plain_username=found.username,
            sasl_plain_password=found.password,
            ssl_context=found.ssl_context,
        )
        await consumer.start()
        try:
            return set(await consumer.topics())
        finally:
            await consumer.stop()

    assert isinstance(asyncio.run(connect()), set)


@pytest.fixture
def app_url(secured, mongo_db_of_app, tmp_path) -> str:
    """The URL of a user who may read and write one database, the password in a file."""
    at = ServerUrl.read(secured.addresses.mongodb)
    file = written(tmp_path / "mongodb", "a-password-of-the-app")
    return replace(at, user="app", password="").having({PASSWORD_FILE: file}).text


@pytest.fixture
def mongo_db_of_app(secured) -> Iterator[str]:
    with MongoClient[dict[str, Any]](secured.addresses.mongodb) as root:
        grant = [{"role": "readWrite", "db": "spinestream"}]
        root.admin.command("createUser", "app", pwd="a-password-of-the-app", roles=grant)
        yield "spinestream"
        root.admin.command("dropUser", "app")
        root.drop_database("spinestream")


def test_a_user_with_the_least_rights_makes_indexes_and_transactions_over_tls(app_url, mongo_db_of_app) -> None:
    async def use() -> int:
        client = mongo_client(app_url, serverSelectionTimeoutMS=5_000)
        samples = client[mongo_db_of_app]["samples"]
        await samples.create_index("state")
        async with client.start_session() as session, await session.start_transaction():
            await samples.insert_one({"_id": "a", "state": "queued"}, session=session)
            await samples.insert_one({"_id": "b", "state": "held"}, session=session)
        with pytest.raises(OperationFailure):
            await client["elsewhere"]["samples"].insert_one({"_id": "a"})
        found = await samples.count_documents({})
        await client.close()
        return found

    assert asyncio.run(use()) == 2


def test_mongodb_is_not_spoken_to_without_trust_or_without_tls(secured, strangers_ca) -> None:
    at = ServerUrl.read(secured.addresses.mongodb)

    async def ask(url: str) -> None:
        client = mongo_client(url, serverSelectionTimeoutMS=1_000)
        try:
            await client.admin.command("ping")
        finally:
            await client.close()

    for url in (at.having({"tlsCAFile": strangers_ca}).text, at.having({"tlsCAFile": "", "tls": ""}).text):
        with pytest.raises(ServerSelectionTimeoutError) as raised:
            asyncio.run(ask(url))
        down = as_dependency_down(raised.value)
        assert down is not None
        assert down.dependency == "mongodb"


def test_redis_over_tls_takes_up_a_password_that_was_changed(secured, tmp_path, topic_prefix) -> None:
    at = ServerUrl.read(secured.addresses.redis)
    file = written(tmp_path / "redis", at.password)
    url = replace(at, password="").having({PASSWORD_FILE: file}).text

    async def change_the_password() -> None:
        client = redis_client(url)
        await client.set(topic_prefix + "key", "value", ex=60)
        with redis.Redis.from_url(secured.plain_redis) as admin:
            admin.execute_command("ACL", "SETUSER", REDIS_USER, ">another-password-of-tests")
            try:
                admin.execute_command("ACL", "SETUSER", REDIS_USER, f"<{at.password}")
                written(tmp_path / "redis", "another-password-of-tests")
                await client.connection_pool.disconnect()
                assert await client.get(topic_prefix + "key") == b"value"
                with blocking_redis_client(secured.addresses.redis) as old, pytest.raises(redis.RedisError):
                    old.ping()
            finally:
                admin.execute_command("ACL", "SETUSER", REDIS_USER, f">{at.password}", "<another-password-of-tests")
        await client.aclose()

    asyncio.run(change_the_password())


def test_redis_is_not_spoken_to_without_trust(secured, strangers_ca) -> None:
    url = ServerUrl.read(secured.addresses.redis).having({"ssl_ca_certs": strangers_ca}).text
    began = time.monotonic()
    with blocking_redis_client(url) as client, pytest.raises(redis.ConnectionError) as raised:
        client.ping()
    assert as_dependency_down(raised.value) is not None
    assert time.monotonic() - began < 10


def test_a_password_file_that_is_gone_is_no_items_fault(secured, tmp_path) -> None:
    url = replace(ServerUrl.read(secured.addresses.redis), password="").having({PASSWORD_FILE: str(tmp_path / "no")})
    with blocking_redis_client(url.text) as client, pytest.raises(Exception) as raised:
        client.ping()
    assert as_dependency_down(raised.value) is not None
    settings = BrokerSettings.model_validate(broker_fields(secured, tmp_path))
    (tmp_path / "kafka").unlink()
    with pytest.raises(DependencyDown, match=r"kafka is not reachable .*cannot be read"):
        Broker(settings).ensure_topics()
