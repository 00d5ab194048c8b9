"""A dependency that is down is told from a fault of the item: by every error there is, and by servers that are away."""

from __future__ import annotations

import asyncio
import errno
import socket
import subprocess
import time

import kafka.errors
import pymongo.errors
import pytest
import redis.asyncio
import redis.exceptions
from pymongo import AsyncMongoClient

from streams.broker import Broker, BrokerSettings
from streams.dependencies import as_dependency_down
from streams.errors import BlobMissing, DependencyDown, EventInvalid, EventTooLarge
from streams.publisher import Publisher
from tests.streams.conftest import event


def writes(*codes: int, concern: bool = False) -> pymongo.errors.BulkWriteError:
    return pymongo.errors.BulkWriteError(
        {
            "writeErrors": [{"code": code} for code in codes],
            "writeConcernErrors": [{"code": 64}] if concern else [],
        }
    )


DOWN = [
    (DependencyDown("blob store", "gone"), "blob store"),
    (pymongo.errors.AutoReconnect("away"), "mongodb"),
    (pymongo.errors.NetworkTimeout("slow"), "mongodb"),
    (pymongo.errors.ServerSelectionTimeoutError("none"), "mongodb"),
    (pymongo.errors.NotPrimaryError("election"), "mongodb"),
    (pymongo.errors.WaitQueueTimeoutError("pool"), "mongodb"),
    (pymongo.errors.WTimeoutError("concern", 64), "mongodb"),
    (pymongo.errors.ExecutionTimeout("slow", 50), "mongodb"),
    *((pymongo.errors.OperationFailure("state", code), "mongodb") for code in (13, 18, 91, 189, 10107, 11601, 14031)),
    (writes(10107), "mongodb"),
    (writes(11000, 10107), "mongodb"),
    (writes(concern=True), "mongodb"),
    (writes(11000, concern=True), "mongodb"),
    (redis.exceptions.ConnectionError("away"), "redis"),
    (redis.exceptions.AuthenticationError("login"), "redis"),
    (redis.exceptions.TimeoutError("slow"), "redis"),
    (redis.exceptions.BusyLoadingError("starting"), "redis"),
    (redis.exceptions.ReadOnlyError("replica"), "redis"),
    (redis.exceptions.OutOfMemoryError("full"), "redis"),
    (redis.exceptions.MasterDownError("election"), "redis"),
    (kafka.errors.KafkaConnectionError("none"), "kafka"),
    (kafka.errors.KafkaTimeoutError(), "kafka"),
    (kafka.errors.NotLeaderForPartitionError(), "kafka"),
    (kafka.errors.UnknownTopicOrPartitionError(), "kafka"),
    (OSError(errno.ENOSPC, "full"), "disk"),
    (OSError(errno.EMFILE, "handles"), "table of open files"),
    (BlockingIOError(errno.EAGAIN, "processes"), "memory or process table"),
    (OSError(errno.ENOMEM, "memory"), "memory or process table"),
    (ConnectionResetError("reset"), "network"),
    (TimeoutError(), "network"),
]

THE_ITEM = [
    ValueError("odd"),
    KeyError("odd"),
    FileNotFoundError(errno.ENOENT, "no file"),
    PermissionError(errno.EACCES, "not ours"),
    subprocess.TimeoutExpired("reader", 3),
    EventInvalid("no event"),
    EventTooLarge("large"),
    BlobMissing("gone"),
    pymongo.errors.DuplicateKeyError("there", 11000),
    pymongo.errors.OperationFailure("wrong update", 9),
    pymongo.errors.DocumentTooLarge("large"),
    pymongo.errors.InvalidOperation("closed"),
    writes(11000),
    writes(121),
    redis.exceptions.ResponseError("WRONGTYPE"),
    redis.exceptions.DataError("odd"),
    kafka.errors.MessageSizeTooLargeError(),
    kafka.errors.RecordListTooLargeError(),
]


@pytest.mark.parametrize(("error", "dependency"), DOWN, ids=lambda one: type(one).__name__)
def test_what_would_look_the_same_for_every_item_is_the_dependencys(error, dependency) -> None:
    down = as_dependency_down(error)
    assert down is not None
    assert down.dependency == dependency
    assert dependency in str(down)


@pytest.mark.parametrize("error", THE_ITEM, ids=lambda one: type(one).__name__)
def test_what_is_wrong_with_an_item_is_the_items(error) -> None:
    assert as_dependency_down(error) is None


@pytest.fixture
def nobody() -> int:
    """A port where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def broker_settings(port: int) -> BrokerSettings:
    return BrokerSettings(bootstrap=f"127.0.0.1:{port}", connect_timeout_ms=300)


def test_servers_that_are_not_there_are_down(nobody) -> None:
    async def ask(dependency: str) -> None:
        if dependency == "mongodb":
            client: AsyncMongoClient = AsyncMongoClient(f"mongodb://127.0.0.1:{nobody}", serverSelectionTimeoutMS=200)
            await client["test"]["test"].find_one()
        elif dependency == "redis":
            await redis.asyncio.Redis(host="127.0.0.1", port=nobody).ping()
        else:
            await asyncio.to_thread(Broker(broker_settings(nobody)).ensure_topics)

    for dependency in ("mongodb", "redis", "kafka"):
        with pytest.raises(Exception) as raised:
            asyncio.run(ask(dependency))
        down = as_dependency_down(raised.value)
        assert down is not None
        assert down.dependency == dependency


def test_a_publisher_without_a_broker_fails_a_long_queue_together(nobody) -> None:
    async def check() -> None:
        publisher = Publisher(Broker(broker_settings(nobody)))
        began = time.monotonic()
        publish = publisher.publish([event("planned", number) for number in range(50)])
        with pytest.raises(DependencyDown, match="kafka"):
            await publish
        assert time.monotonic() - began < 5
        publisher.close()
        with pytest.raises(DependencyDown, match="closed"):
            await publisher.publish([event("planned", 0)])

    asyncio.run(check())


def test_a_login_that_is_refused_is_the_servers_state_and_no_items_fault(mongodb_url) -> None:
    async def ask() -> None:
        user, _, rest = mongodb_url.removeprefix("mongodb://").partition("@")
        name = user.partition(":")[0]
        client: AsyncMongoClient = AsyncMongoClient(f"mongodb://{name}:wrong@{rest}", serverSelectionTimeoutMS=2_000)
        try:
            await client["test"]["test"].find_one()
        finally:
            await client.close()

    with pytest.raises(pymongo.errors.PyMongoError) as raised:
        asyncio.run(ask())
    assert as_dependency_down(raised.value) is not None
