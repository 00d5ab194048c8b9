"""Tells a dependency that is down from a fault of the item at hand, in one place for every client library.

Rule: whatever would look the same for every other item now (connection, login, election, no space, time-out) is the
dependency's.
"""

from __future__ import annotations

import asyncio
import errno

from kafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError
from pymongo.errors import BulkWriteError, ConnectionFailure, OperationFailure, WaitQueueTimeoutError, WTimeoutError
from redis.exceptions import BusyLoadingError, MasterDownError, OutOfMemoryError, ReadOnlyError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from streams.errors import DependencyDown, LoginUnusable

# Server codes that speak of the server's state: login refused, interrupted, shutting down, not primary, no space,
# write concern.
_MONGO_STATES = frozenset(
    {6, 7, 13, 18, 50, 64, 79, 89, 91, 189, 262, 9001, 10107, 11600, 11601, 11602, 13435, 13436, 14031, 17280}
)
_REDIS_STATES = (
    RedisConnectionError,
    RedisTimeoutError,
    BusyLoadingError,
    MasterDownError,
    OutOfMemoryError,
    ReadOnlyError,
)
_TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)
_MACHINE = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS), "disk"),
    **dict.fromkeys((errno.EMFILE, errno.ENFILE), "table of open files"),
    **dict.fromkeys((errno.ENOMEM, errno.EAGAIN), "memory or process table"),
}
"""What the machine itself may have no more of, by error number."""


def as_dependency_down(error: BaseException) -> DependencyDown | None:
    """Return the `DependencyDown` that `error` amounts to, or None when it is the item's own fault."""
    if isinstance(error, DependencyDown):
        return error
    if isinstance(error, LoginUnusable):
        return DependencyDown("login of a server", str(error))
    if isinstance(error, (ConnectionFailure, WaitQueueTimeoutError, WTimeoutError)):
        return DependencyDown("mongodb", type(error).__name__)
    if isinstance(error, BulkWriteError):
        return _bulk_write(error)
    if isinstance(error, OperationFailure) and error.code in _MONGO_STATES:
        return DependencyDown("mongodb", f"server code {error.code}")
    if isinstance(error, _REDIS_STATES):
        return DependencyDown("redis", type(error).__name__)
    if isinstance(error, KafkaError) and not isinstance(error, _TOO_LARGE):
        return DependencyDown("kafka", type(error).__name__)
    if isinstance(error, OSError) and error.errno in _MACHINE:
        return DependencyDown(_MACHINE[error.errno], errno.errorcode[error.errno])
    if isinstance(error, (ConnectionError, asyncio.TimeoutError)):
        return DependencyDown("network", type(error).__name__)
    return None


def _bulk_write(error: BulkWriteError) -> DependencyDown | None:
    """One write that met the server's state is enough: what else is wrong shows when the server is back."""
    details = error.details or {}
    codes = {entry.get("code") for entry in details.get("writeErrors", [])}
    if details.get("writeConcernErrors") or codes & _MONGO_STATES:
        return DependencyDown("mongodb", f"bulk write codes {sorted(str(code) for code in codes)}")
    return None
