"""Every place where a deployment keeps something, read from the outside."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bson
from pymongo import MongoClient

from spinestream.embedded import Addresses
from spinestream.wiring import broker_settings
from tests.prove.leaks.unpack import Content, contents

IDLE_MS = 3000


def topics(addresses: Addresses) -> Iterator[Content]:
    """Yield every record of every topic there is, from its first offset: key, headers and value."""
    from kafka import KafkaConsumer, TopicPartition

    settings = broker_settings(addresses)
    client = {**settings.client(), "enable_auto_commit": False, "group_id": None}
    consumer = KafkaConsumer(**client)
    try:
        names = sorted(consumer.topics())
        parts = [TopicPartition(name, n) for name in names for n in sorted(consumer.partitions_for_topic(name) or ())]
        consumer.assign(parts)
        first, last = consumer.beginning_offsets(parts), consumer.end_offsets(parts)
        for part in parts:
            consumer.seek(part, first[part])
        while any(consumer.position(part) < last[part] for part in parts):
            for part, records in consumer.poll(timeout_ms=IDLE_MS).items():
                for record in records:
                    where = f"topic {part.topic}/{part.partition}/{record.offset}"
                    yield from contents(f"{where} key", record.key)
                    yield from contents(f"{where} value", record.value)
                    for name, value in record.headers:
                        yield from contents(f"{where} header", name)
                        yield from contents(f"{where} header {name}", value)
    finally:
        consumer.close()


def collections(addresses: Addresses) -> Iterator[Content]:
    """Yield every field of every document of every database of ours, and the documents' bytes."""
    with MongoClient[dict[str, Any]](addresses.mongodb) as client:
        for database in client.list_database_names():
            if database in ("admin", "config", "local"):
                continue
            for name in client[database].list_collection_names():
                for document in client[database][name].find():
                    where = f"collection {database}.{name} {str(document.get('_id'))[:12]}"
                    yield Content(where, bson.encode(document))
                    yield from contents(where, document)


def keys_of_redis(addresses: Addresses) -> Iterator[Content]:
    """Yield every key and value of Redis."""
    import redis

    with redis.Redis.from_url(addresses.redis) as cache:
        for key in cache.scan_iter():
            yield from contents("redis key", key)
            kept = cache.dump(key)
            if kept is not None:
                yield Content(f"redis {key[:30]!r}", kept)


def files(root: Path, *without: Path) -> Iterator[Content]:
    """Yield name and contents of every file below a folder, those below `without` left out."""
    for place in sorted(root.rglob("*")):
        if any(place.is_relative_to(one) for one in without) or place.is_symlink():
            continue
        yield Content("file name", str(place.relative_to(root)))
        if place.is_file():
            yield from contents(f"file {place.relative_to(root)}", place.read_bytes())
