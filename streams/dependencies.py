"""Tells a dependency that is down from a fault of the item at hand, in one place for every client library.

Rule: whatever would look the same for every other item now (connection, election, no space, time-out) is the
dependency's.
"""

from __future__ import annotations

import asyncio
import errno

from kafka.errors import KafkaError
from pymongo.errors import BulkWriteError, ConnectionFailure, OperationFailure, WaitQueueTimeoutError, WTimeoutError
from redis.exceptions import BusyLoadingError, ReadOnlyError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from streams.errors import DependencyDown

# Server codes that speak of the server's state: interrupted, shutting down, not primary, no space, write concern.
_MONGO_STATES = frozenset({6, 7, 64, 89, 91, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436, 14031, 17280, 50, 79})
_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.EIO})


def as_dependency_down(error: BaseException) -> DependencyDown | None:
    """Return the `DependencyDown` that `error` amounts to, or None when it is the item's own fault."""
    if isinstance(error, DependencyDown):
        return error
    if isinstance(error, (ConnectionFailure, WaitQueueTimeoutError, WTimeoutError)):
        return DependencyDown("mongodb", type(error).__name__)
    if isinstance(error, BulkWriteError):
        return _bulk_write(error)
    if isinstance(error, OperationFailure) and error.code in _MONGO_STATES:
        return DependencyDown("mongodb", f"server code {error.code}")
    if isinstance(error, (RedisConnectionError, RedisTimeoutError, BusyLoadingError, ReadOnlyError)):
        return DependencyDown("redis", type(error).__name__)
    if isinstance(error, KafkaError):
        return DependencyDown("kafka", type(error).__name__)
    if isinstance(error, OSError) and error.errno in _NO_SPACE:
        return DependencyDown("disk", errno.errorcode.get(error.errno or 0, "unknown"))
    if isinstance(error, (ConnectionError, asyncio.TimeoutError)):
        return DependencyDown("network", type(error).__name__)
    return None


def _bulk_write(error: BulkWriteError) -> DependencyDown | None:
    details = error.details or {}
    codes = {entry.get("code") for entry in details.get("writeErrors", [])}
    if details.get("writeConcernErrors") or (codes and codes <= _MONGO_STATES):
        return DependencyDown("mongodb", f"bulk write codes {sorted(str(code) for code in codes)}")
    return None
