"""What the tests of the embedded servers share: one record written to and read from each server, and polling."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import redis
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic
from pymongo import MongoClient

from spinestream.embedded import Addresses, status

TOPIC = "kept"


def wait_for(condition: Callable[[], Any], what: str, deadline_s: float = 20.0) -> None:
    """Poll until the condition holds; fails with `what` after the deadline."""
    until = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < until, f"not within {deadline_s:.0f} s: {what}"
        time.sleep(0.02)


def pids(workdir: Path) -> dict[str, int]:
    """The running servers' pids by name."""
    return {server.name: server.pid for server in status(workdir) if server.pid}


def write(name: str, addresses: Addresses, value: str) -> None:
    """Write one acknowledged record to a server."""
    if name == "redis":
        with redis.Redis.from_url(addresses.redis) as client:
            client.rpush(TOPIC, value)
    elif name == "mongodb":
        with MongoClient(addresses.mongodb) as client:
            client.kept.kept.insert_one({"value": value})
    else:
        settings = addresses.kafka_settings()
        admin = KafkaAdminClient(**settings)
        if TOPIC not in admin.list_topics():
            admin.create_topics([NewTopic(TOPIC, num_partitions=1, replication_factor=1)])
            admin.wait_for_topics([TOPIC])
        admin.close()
        producer = KafkaProducer(**settings, acks="all")
        producer.send(TOPIC, value.encode()).get(timeout=20)
        producer.close()


def read(name: str, addresses: Addresses) -> list[str]:
    """Everything that `write` wrote to a server."""
    if name == "redis":
        with redis.Redis.from_url(addresses.redis) as client:
            return [value.decode() for value in client.lrange(TOPIC, 0, -1)]
    if name == "mongodb":
        with MongoClient(addresses.mongodb) as client:
            return [document["value"] for document in client.kept.kept.find().sort("_id")]
    consumer = KafkaConsumer(**addresses.kafka_settings(), auto_offset_reset="earliest")
    partition = TopicPartition(TOPIC, 0)
    consumer.assign([partition])
    end = consumer.end_offsets([partition])[partition]
    found: list[str] = []
    until = time.monotonic() + 20
    while len(found) < end and time.monotonic() < until:
        for records in consumer.poll(timeout_ms=200).values():
            found += [record.value.decode() for record in records]
    consumer.close()
    return found
